export { DatabaseModule } from './database.module.js';
export type {
  DatabaseModuleAsyncOptions,
  DatabaseModuleOptions,
} from './database-module-options.js';
export type {
  DatabaseOptions,
  EmbeddedOptions,
  ServerOptions,
  TransactionTimeouts,
  UnattributedWrites,
} from './config/database-options.js';
export type { SslMode } from './config/ssl-mode.js';

export { ActorContext } from './actor/actor-context.js';
export type { Actor, NamedActor, UserActor } from './actor/actor.js';
export type { ActorResolver } from './actor/execution-origin.js';

export { NoTransaction, Transactional } from './transaction/transactional.decorator.js';
export { afterCommit } from './transaction/after-commit.js';
export type { Propagation, TransactionOptions } from './transaction/run-in-transaction.js';

export {
  DatabaseHealthIndicator,
  type DatabaseHealth,
} from './health/database.health-indicator.js';

export { DatabaseDataSource } from './connection/database.data-source.js';
export {
  dataSourceOptions,
  type DatabaseDataSourceOptions,
} from './connection/data-source-options.js';
export {
  resolveDatabaseConfig,
  type DatabaseConfig,
  type EmbeddedConnection,
  type ServerConnection,
} from './config/database.config.js';

export { entities } from './entities.js';
export type { JsonObject, JsonValue } from './common/json.js';
export { GeographyPointColumn, type Point } from './common/geography.js';

// identity
export { IdentityModule } from './identity/identity.module.js';
export { Account } from './identity/entities/account.entity.js';
export { CustomerProfile } from './identity/entities/customer-profile.entity.js';
export { Permission } from './identity/entities/permission.entity.js';
export { RolePermission } from './identity/entities/role-permission.entity.js';
export { Role } from './identity/entities/role.entity.js';
export { Session } from './identity/entities/session.entity.js';
export {
  SingerProfile,
  type SingerPreferences,
} from './identity/entities/singer-profile.entity.js';
export { UserRole } from './identity/entities/user-role.entity.js';
export { User } from './identity/entities/user.entity.js';
export { VerificationToken } from './identity/entities/verification-token.entity.js';
export { hashPassword, passwordAlgo, verifyPassword } from './identity/password-hashing.js';
export { SessionRepository } from './identity/repositories/session.repository.js';
export { UserRepository } from './identity/repositories/user.repository.js';

// billing
export { BillingModule } from './billing/billing.module.js';
export { Customer, type StripeTaxId } from './billing/entities/customer.entity.js';
export { StripeCheckoutSession } from './billing/entities/stripe-checkout-session.entity.js';
export { StripePrice, type StripeRecurring } from './billing/entities/stripe-price.entity.js';
export { StripeProduct } from './billing/entities/stripe-product.entity.js';
export { StripeWebhookEvent } from './billing/entities/stripe-webhook-event.entity.js';
export { Subscription } from './billing/entities/subscription.entity.js';
export { CustomerRepository } from './billing/repositories/customer.repository.js';

// organizations
export { OrganizationsModule } from './organizations/organizations.module.js';
export { ApiKeyStatus } from './organizations/entities/api-key-status.enum.js';
export { ApiKey } from './organizations/entities/api-key.entity.js';
export { OrganizationUserPermission } from './organizations/entities/organization-user-permission.entity.js';
export { OrganizationUserStatus } from './organizations/entities/organization-user-status.enum.js';
export { OrganizationUser } from './organizations/entities/organization-user.entity.js';
export { ApiKeyRepository } from './organizations/repositories/api-key.repository.js';
export { OrganizationUserRepository } from './organizations/repositories/organization-user.repository.js';

// venues
export { VenuesModule } from './venues/venues.module.js';
export { State } from './venues/entities/state.entity.js';
export { System } from './venues/entities/system.entity.js';
export { Venue } from './venues/entities/venue.entity.js';
export { SystemRepository } from './venues/repositories/system.repository.js';
export { VenueRepository } from './venues/repositories/venue.repository.js';

// songs
export { SongsModule } from './songs/songs.module.js';
export { SongDb } from './songs/entities/song-db.entity.js';
export { SongRepository } from './songs/repositories/song.repository.js';

// requests
export { RequestsModule } from './requests/requests.module.js';
export { Request } from './requests/entities/request.entity.js';
export { SingerFavoriteSong } from './requests/entities/singer-favorite-song.entity.js';
export { SingerFavoriteVenue } from './requests/entities/singer-favorite-venue.entity.js';
export { SingerRequestHistory } from './requests/entities/singer-request-history.entity.js';
export { RequestRepository } from './requests/repositories/request.repository.js';

// branding
export { BrandingModule } from './branding/branding.module.js';
export { BrandedAppApiKey } from './branding/entities/branded-app-api-key.entity.js';
export { BrandedApp } from './branding/entities/branded-app.entity.js';
export { BrandingOwnerType } from './branding/entities/branding-owner-type.enum.js';
export { BrandingProfile, type ColorPalette } from './branding/entities/branding-profile.entity.js';
export { BrandingStatus } from './branding/entities/branding-status.enum.js';
export { BrandingProfileRepository } from './branding/repositories/branding-profile.repository.js';

// audit
export { AuditModule } from './audit/audit.module.js';
export { AuditLog } from './audit/entities/audit-log.entity.js';
export { AuditLogRepository } from './audit/repositories/audit-log.repository.js';
export { AuditService, type CustomEntry, type Moment } from './audit/audit.service.js';
export type { AuditedTarget, RecordKey } from './audit/audited-table.js';
export type { RowImage } from './audit/image.js';
export type { AuditEntry, ColumnChange } from './audit/history/audit-entry.js';
export type { HistoryPage } from './audit/history/audit-history.js';
export type { HistoryQuery } from './audit/history/history-query.js';
export type {
  PruneOptions,
  PruneProgress,
  PruneResult,
} from './audit/retention/audit-retention.js';
export type { UndoOptions, UndoResult, UndoStep } from './audit/undo/undo-plan.js';
export type { AuditProblem, VerifyOptions } from './audit/verify/audit-verifier.js';

// seeds
export {
  demoAccounts,
  SeedModule,
  SeedReport,
  SeedService,
  type DemoCredential,
  type SeedOptions,
  type TableTally,
} from '../seeds/index.js';

// Errors, each with a stable code.
export { DatabaseError } from './common/errors/database.error.js';
export { StartupError } from './common/errors/startup.error.js';
export { InvalidPointError } from './common/errors/invalid-point.error.js';
export { InvalidConfigurationError, EmbeddedInProductionError } from './config/errors.js';
export {
  DatabaseUnreachableError,
  DatabaseAccessDeniedError,
  DatabaseMissingError,
  DatabaseConnectionError,
  DatabaseVersionError,
  ExtensionMissingError,
  ExtensionPermissionError,
  SchemaPermissionError,
  PoolExhaustedError,
} from './connection/errors.js';
export {
  EmbeddedEngineMissingError,
  EmbeddedDataDirectoryLockedError,
  EmbeddedEngineFailedError,
} from './embedded/errors.js';
export { MalformedActorError } from './actor/errors.js';
export {
  TransactionAbortedError,
  TransactionEndedError,
  TransactionRequiredError,
  PoolTooSmallError,
  IsolationLevelConflictError,
  SavepointOrderError,
  DataSourceNotFoundError,
} from './transaction/errors.js';
export {
  AuditEntryNotFoundError,
  HistoryPrunedError,
  InvalidHistoryQueryError,
  InvalidRecordKeyError,
  TableNotAuditedError,
} from './audit/errors.js';
export {
  UndoConflictError,
  UndoImpossibleError,
  UndoRedactedError,
  type UndoConflict,
} from './audit/undo/errors.js';
export { FreshSeedInProductionError, SeedBeforeMigrationError } from '../seeds/index.js';
