export { DatabaseModule } from './database.module.js';
export type {
  DatabaseModuleAsyncOptions,
  DatabaseModuleOptions,
} from './database-module-options.js';
export type {
  DatabaseOptions,
  EmbeddedOptions,
  HostTables,
  ServerOptions,
  TransactionTimeouts,
  UnattributedWrites,
  TypeOrmFeatures,
} from './config/database-options.js';
export type { SslMode } from './config/ssl-mode.js';

export { ActorContext } from './actor/actor-context.js';
export type { Actor, NamedActor, UserActor } from './actor/actor.js';
export type { ActorResolver } from './actor/execution-origin.js';
export { requestIdOf, type IdentifiedRequest } from './actor/request-id.js';

export {
  NoTransaction,
  Transactional,
  type NoTransactionDecorator,
  type TransactionalDecorator,
} from './transaction/transactional.decorator.js';
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
export { Audited, type AuditedOptions } from './common/audited.decorator.js';
export { AfterUndo, type AfterUndoHook, type UndoneRow } from './common/after-undo.decorator.js';
export { ForwardOnly, type ForwardOnlyOptions } from './common/forward-only.decorator.js';
export { Sensitive } from './common/sensitive.decorator.js';
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
export { AccountRepository } from './identity/repositories/account.repository.js';
export { PermissionRepository } from './identity/repositories/permission.repository.js';
export { SessionRepository } from './identity/repositories/session.repository.js';
export {
  UserRoleRepository,
  type RoleOutcome,
} from './identity/repositories/user-role.repository.js';
export { UserRepository } from './identity/repositories/user.repository.js';
export { VerificationTokenRepository } from './identity/repositories/verification-token.repository.js';
export { AccountService, type ProviderAccount } from './identity/services/account.service.js';
export { PasswordService } from './identity/services/password.service.js';
export {
  ProfileService,
  type NewCustomerProfile,
  type NewSingerProfile,
} from './identity/services/profile.service.js';
export { RoleService } from './identity/services/role.service.js';
export {
  SessionService,
  type OpenedSession,
  type RotateSessionOptions,
  type SessionOptions,
} from './identity/services/session.service.js';
export { UserService, type NewUser } from './identity/services/user.service.js';
export {
  VerificationTokenService,
  type VerificationPurpose,
  type TokenRecipient,
  type VerificationTokenOptions,
} from './identity/services/verification-token.service.js';

// billing
export { BillingModule } from './billing/billing.module.js';
export { Customer, type StripeTaxId } from './billing/entities/customer.entity.js';
export { StripeCheckoutSession } from './billing/entities/stripe-checkout-session.entity.js';
export { StripePrice, type StripeRecurring } from './billing/entities/stripe-price.entity.js';
export { StripeProduct } from './billing/entities/stripe-product.entity.js';
export { StripeWebhookEvent } from './billing/entities/stripe-webhook-event.entity.js';
export { Subscription } from './billing/entities/subscription.entity.js';
export { CustomerRepository } from './billing/repositories/customer.repository.js';
export { StripeWebhookEventRepository } from './billing/repositories/stripe-webhook-event.repository.js';
export { CheckoutSessionService } from './billing/services/checkout-session.service.js';
export {
  CustomerService,
  type MirrorCustomerOptions,
} from './billing/services/customer.service.js';
export { PriceService } from './billing/services/price.service.js';
export { ProductService } from './billing/services/product.service.js';
export { StripeMirrorService } from './billing/services/stripe-mirror.service.js';
export {
  StripeWebhookInbox,
  type ProcessOptions,
  type ProcessReport,
  type StripeEventHandler,
} from './billing/services/stripe-webhook-inbox.js';
export { SubscriptionService } from './billing/services/subscription.service.js';
export type { Mirroring } from './billing/mirror.js';
export type { StripeVersion } from './billing/stripe-version.js';
export type {
  StripeCheckoutSessionObject,
  StripeCustomerObject,
  StripeEvent,
  StripePriceObject,
  StripeProductObject,
  StripeReference,
  StripeSubscriptionObject,
  StripePeriod,
} from './billing/stripe-objects.js';

// organizations
export { OrganizationsModule } from './organizations/organizations.module.js';
export { apiKeyActor } from './organizations/api-key-actor.js';
export { ApiKeyStatus } from './organizations/entities/api-key-status.enum.js';
export { ApiKey } from './organizations/entities/api-key.entity.js';
export { OrganizationUserPermission } from './organizations/entities/organization-user-permission.entity.js';
export { OrganizationUserStatus } from './organizations/entities/organization-user-status.enum.js';
export { OrganizationUser } from './organizations/entities/organization-user.entity.js';
export {
  ApiKeyRepository,
  type ApiKeyRotation,
} from './organizations/repositories/api-key.repository.js';
export {
  OrganizationUserRepository,
  type GrantOutcome,
  type Invitation,
} from './organizations/repositories/organization-user.repository.js';
export {
  ApiKeyService,
  type IssueApiKeyOptions,
  type IssuedApiKey,
  type RotateApiKeyOptions,
} from './organizations/services/api-key.service.js';
export {
  OrganizationService,
  type InviteOptions,
  type IssuedInvitation,
} from './organizations/services/organization.service.js';

// venues
export { VenuesModule } from './venues/venues.module.js';
export { State } from './venues/entities/state.entity.js';
export { System } from './venues/entities/system.entity.js';
export { Venue } from './venues/entities/venue.entity.js';
export { StateRepository } from './venues/repositories/state.repository.js';
export { SystemRepository } from './venues/repositories/system.repository.js';
export { VenueRepository, type NearbyVenue } from './venues/repositories/venue.repository.js';
export type { BoundingBoxSearch, NearbySearch } from './venues/search-by-place.js';
export { urlNameOf } from './venues/url-name.js';
export { VenueService, type AcceptanceChange, type NewVenue } from './venues/venue.service.js';

// songs
export { SongsModule } from './songs/songs.module.js';
export { SongDb } from './songs/entities/song-db.entity.js';
export type { Catalogue } from './songs/import/catalogue-writer.js';
export type { CsvOptions } from './songs/import/csv-options.js';
export type { ImportProblem, ImportSummary } from './songs/import/import-summary.js';
export type { SongInput } from './songs/import/song-input.js';
export { SongRepository } from './songs/repositories/song.repository.js';
export type { SongMatch, SongSearch } from './songs/search/song-search.js';
export {
  SongCatalogueService,
  type ImportOptions,
  type ImportProgress,
} from './songs/song-catalogue.service.js';
export { displayText, normalizeText, songFingerprint } from './songs/song-text.js';

// requests
export { RequestsModule } from './requests/requests.module.js';
export { Request } from './requests/entities/request.entity.js';
export { SingerFavoriteSong } from './requests/entities/singer-favorite-song.entity.js';
export { SingerFavoriteVenue } from './requests/entities/singer-favorite-venue.entity.js';
export { SingerRequestHistory } from './requests/entities/singer-request-history.entity.js';
export { FavoritesService, type FavoriteSong } from './requests/favorites.service.js';
export { RequestRepository } from './requests/repositories/request.repository.js';
export {
  SingerRequestHistoryRepository,
  type SingerHistoryPage,
  type SingerHistoryPageOptions,
} from './requests/repositories/singer-request-history.repository.js';
export {
  RequestService,
  type NewRequest,
  type QueueChange,
  type SubmittedRequest,
} from './requests/request.service.js';

// branding
export { BrandingModule } from './branding/branding.module.js';
export { brandedAppKeyActor } from './branding/branded-app-key-actor.js';
export { BrandedAppApiKey } from './branding/entities/branded-app-api-key.entity.js';
export { BrandedApp } from './branding/entities/branded-app.entity.js';
export { BrandingOwnerType } from './branding/entities/branding-owner-type.enum.js';
export { BrandingProfile, type ColorPalette } from './branding/entities/branding-profile.entity.js';
export { BrandingStatus } from './branding/entities/branding-status.enum.js';
export {
  BrandedAppApiKeyRepository,
  type BrandedAppKeyRotation,
} from './branding/repositories/branded-app-api-key.repository.js';
export {
  BrandingProfileRepository,
  type BrandingKeys,
} from './branding/repositories/branding-profile.repository.js';
export {
  BrandedAppApiKeyService,
  type BrandedAppKeyOptions,
  type IssueBrandedAppKeyOptions,
  type IssuedBrandedAppKey,
} from './branding/services/branded-app-api-key.service.js';
export { BrandingService, type BrandingQuery } from './branding/services/branding.service.js';

// audit
export { AuditModule } from './audit/audit.module.js';
export { AuditLog } from './audit/entities/audit-log.entity.js';
export { AuditLogRepository } from './audit/repositories/audit-log.repository.js';
export { AuditVerifier } from './audit/verify/audit-verifier.js';
export { AuditRetention } from './audit/retention/audit-retention.js';
export { AuditService, type CustomEntry, type Moment } from './audit/audit.service.js';
export type { AuditedTarget, RecordKey } from './audit/audited-table.js';
export type { RowImage } from './audit/image.js';
export type { AuditEntry, ColumnChange } from './audit/history/audit-entry.js';
export type { HistoryPage } from './audit/history/audit-history.js';
export type { HistoryQuery } from './audit/history/history-query.js';
export type {
  ErasureResult,
  PruneOptions,
  PruneProgress,
  PruneResult,
} from './audit/retention/audit-retention.js';
export type {
  RestoredTable,
  RestoreToOptions,
  RestoreToProgress,
  RestoreToResult,
} from './audit/restore/restore-to-options.js';
export type {
  UndoOptions,
  UndoResult,
  UndoStep,
  UndoTransactionOptions,
} from './audit/undo/undo-plan.js';
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
export { InvalidCountError } from './common/errors/invalid-count.error.js';
export { InvalidLifetimeError } from './common/errors/invalid-lifetime.error.js';
export { MissingFilterError } from './common/errors/missing-filter.error.js';
export { InvalidTextError } from './common/errors/invalid-text.error.js';
export { InvalidPointError } from './common/errors/invalid-point.error.js';
export { InvalidConfigurationError, EmbeddedInProductionError } from './config/errors.js';
export {
  DatabaseUnreachableError,
  DatabaseAccessDeniedError,
  DatabaseMissingError,
  DatabaseConnectionError,
  DatabaseVersionError,
  ExtensionFailedError,
  ExtensionMissingError,
  ExtensionPermissionError,
  SchemaConflictError,
  SchemaPermissionError,
  DataSourceConflictError,
  ConnectionLostError,
  PoolExhaustedError,
  ConnectionBusyError,
} from './connection/errors.js';
export {
  EmbeddedEngineMissingError,
  EmbeddedDataDirectoryLockedError,
  EmbeddedEngineFailedError,
} from './embedded/errors.js';
export { MalformedActorError, NoActorContextError } from './actor/errors.js';
export {
  TransactionAbortedError,
  InterleavedWritesError,
  TransactionEndedError,
  TransactionRequiredError,
  PoolTooSmallError,
  IsolationLevelConflictError,
  SavepointOrderError,
  DataSourceNotFoundError,
  TransactionalMethodError,
} from './transaction/errors.js';
export {
  AuditEntryNotFoundError,
  HistoryPrunedError,
  ImageUnreadableError,
  NotTheOwnerError,
  InvalidActionError,
  InvalidHistoryQueryError,
  InvalidRecordKeyError,
  TableNotAuditedError,
} from './audit/errors.js';
export {
  AmbiguousTransactionError,
  UndoConflictError,
  UndoImpossibleError,
  UndoRedactedError,
  type UndoConflict,
} from './audit/undo/errors.js';
export {
  AccountLinkedElsewhereError,
  CustomerProfileNotFoundError,
  EmailTakenError,
  InvalidCredentialsError,
  InvalidEmailError,
  InvalidPasswordError,
  InvalidPurposeError,
  SessionInvalidError,
  SingerProfileNotFoundError,
  UnknownGrantError,
  UserNotFoundError,
  VerificationTokenInvalidError,
} from './identity/errors.js';
export {
  StripeCustomerTakenError,
  StripeCustomerUnknownError,
  StripeObjectIncompleteError,
  WebhookEventNotFoundError,
  WebhookEventProcessedError,
} from './billing/errors.js';
export {
  ApiKeyCustomerError,
  ApiKeyNotFoundError,
  ApiKeyRejectedError,
  ApiKeyTransitionError,
  InvalidKeyPrefixError,
  InvitationInvalidError,
  MembershipNotFoundError,
  MembershipTransitionError,
  OwnerIsNoMemberError,
} from './organizations/errors.js';
export {
  BrandedAppKeyNotFoundError,
  BrandedAppKeyRejectedError,
  BrandedAppKeyTransitionError,
  BrandedAppNotFoundError,
  BrandingMissingError,
} from './branding/errors.js';
export {
  InvalidUrlNameError,
  InvalidVenueNumberError,
  InvalidVenueSearchError,
  UrlNameTakenError,
  VenueNotFoundError,
  VenueNumberTakenError,
} from './venues/errors.js';
export {
  CatalogueBusyError,
  CsvColumnMissingError,
  CsvEncodingError,
  CsvLineTooLongError,
  CsvSyntaxError,
  CsvTooLargeError,
  CsvTooSlowError,
  CsvUnreadableError,
  EmptyCatalogueError,
  InvalidCsvOptionError,
  InvalidSongSearchError,
  InvalidSystemNumberError,
} from './songs/errors.js';
export {
  InvalidHistoryPageError,
  InvalidRequestListError,
  InvalidRequestError,
  RequestNotFoundError,
  VenueNotAcceptingError,
} from './requests/errors.js';
export { FreshSeedInProductionError, SeedBeforeMigrationError } from '../seeds/index.js';
