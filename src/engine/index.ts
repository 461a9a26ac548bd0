export type {
  DatabaseModuleAsyncOptions,
  DatabaseModuleOptions,
  ModuleTenancyOptions,
} from './module/database-module-options.js';
export type {
  DatabaseOptions,
  EmbeddedOptions,
  HostTables,
  ServerLogin,
  ServerOptions,
  TenancyOptions,
  TransactionTimeouts,
  UnattributedWrites,
  TypeOrmFeatures,
} from './config/database-options.js';
export type { TelemetryConfig, TelemetryOptions } from './config/telemetry-options.js';
export type { OverloadConfig, OverloadOptions } from './config/overload.js';
export type {
  ArchiveMonth,
  MaintenanceConfig,
  MaintenanceOptions,
  MonthToArchive,
} from './config/maintenance-options.js';
export type {
  ChannelBinding,
  LoadBalanceHosts,
  Password,
  SslNegotiation,
  TargetSessionAttrs,
} from './config/server-settings.js';
export type { SslMode, TlsSettings } from './config/ssl-mode.js';
export { ActorContext, annotate } from './actor/actor-context.js';
export type { Annotation } from './actor/annotation.js';
export { Reason } from './actor/reason.decorator.js';
export type { Actor, NamedActor, Subject, UserActor } from './actor/actor.js';
export { TenantContext } from './actor/tenant-context.js';
export type { ResolvedTenants, Tenants } from './actor/tenants.js';
export type { UserIds } from './actor/resolved-actor.js';
export type {
  ActorResolver,
  ResolvedActor,
  TenantResolver,
} from './module/origins/execution-origin.js';
export type { AuditOptions, OriginField } from './module/origins/recorded-origin.js';
export {
  requestIdOf,
  type IdentifiedRequest,
  type RequestIdSource,
} from './module/origins/request-id.js';
export { logContext, type LogContext } from './actor/log-context.js';
export type { ActorKind } from './actor/kind-of-actor.js';
export {
  NoTransaction,
  Transactional,
  type NoTransactionDecorator,
  type TransactionalDecorator,
} from './transaction/transactional.decorator.js';
export { afterCommit } from './transaction/after-commit.js';
export type { Propagation, TransactionOptions } from './transaction/run-in-transaction.js';
export { Idempotent, type IdempotentOptions } from './idempotency/idempotent.decorator.js';
export { IdempotencyService, type IdempotentOperation } from './idempotency/idempotency.service.js';
export {
  DatabaseHealthIndicator,
  type DatabaseHealth,
} from './module/database.health-indicator.js';
export { PurgeRegistry, type Purge, type PurgeReport } from './maintenance/purge-registry.js';
export {
  MaintenanceService,
  type MaintenanceReport,
  type MaintenanceTasks,
} from './maintenance/maintenance.service.js';
export { DuplicatePurgeError } from './maintenance/errors.js';
export { OverloadFilter } from './module/overload/overload.filter.js';
export { OverloadGuard } from './module/overload/overload.guard.js';
export { SkipOverload } from './module/overload/skip-overload.decorator.js';
export { readYourWrites, type ReadYourWritesOptions } from './module/read-your-writes.js';
export type { ReplicaHealth } from './connection/replicas/replica-health.js';
export { DatabaseDataSource } from './transaction/database.data-source.js';
export type { DatabaseDataSourceOptions } from './connection/data-source-options.js';
export type { MigrationOptions } from './connection/run-migrations.js';
export type { PackagedTables } from './config/packaged-tables.js';
export {
  resolveDatabaseConfig,
  type DatabaseConfig,
  type EmbeddedConnection,
} from './config/database.config.js';
export type { ServerConnection, ServerHost } from './config/server-connection.js';
export type { JsonObject, JsonValue } from './common/json.js';
export {
  AuditLabel,
  type AuditColumnLabel,
  type AuditLabelOptions,
} from './decorators/audit-label.decorator.js';
export { Audited, type AuditedOptions } from './decorators/audited.decorator.js';
export {
  AfterUndo,
  type AfterUndoHook,
  type UndoneRow,
} from './decorators/after-undo.decorator.js';
export { ForwardOnly, type ForwardOnlyOptions } from './decorators/forward-only.decorator.js';
export { Incidental } from './decorators/incidental.decorator.js';
export {
  Person,
  Personal,
  PersonalRecord,
  type PersonalNames,
  type PersonalRecordOptions,
  type PersonOptions,
} from './decorators/personal.decorator.js';
export { Sensitive } from './decorators/sensitive.decorator.js';
export { Tenant } from './decorators/tenant.decorator.js';
export type { TenantFilter } from './audit/tenant-entries.js';
export { AuditModule } from './audit/audit.module.js';
export { AuditLog } from './audit/entities/audit-log.entity.js';
export { AuditLogRepository } from './audit/repositories/audit-log.repository.js';
export { AuditVerifier } from './audit/verify/audit-verifier.js';
export { AuditRetention } from './audit/retention/audit-retention.js';
export { AuditService, type CustomEntry, type Moment } from './audit/audit.service.js';
export type { AuditedTarget, RecordKey } from './audit/audited-table.js';
export type { RowImage } from './audit/row-image.js';
export type { BlamedEntry, ColumnBlame } from './audit/history/audit-blame.js';
export type { AuditEntry, ColumnChange } from './audit/history/audit-entry.js';
export type { JsonPathChange } from './audit/history/json-paths.js';
export type { AsOfOptions } from './audit/history/graph/audit-graph.js';
export type { HistoryPage } from './audit/history/audit-history.js';
export type {
  ColumnValue,
  HistoryQuery,
  HistoryScope,
  ScopeValue,
} from './audit/history/history-query.js';
export type {
  CreatePartitionsOptions,
  DropMonthsOptions,
  ErasureResult,
  PartitionStatus,
  PruneOptions,
  PruneProgress,
  PruneResult,
} from './audit/retention/audit-retention.js';
export type { PatienceOptions } from './audit/retention/while-busy.js';
export type {
  RestoredTable,
  RestoreToOptions,
  RestoreToProgress,
  RestoreToResult,
} from './audit/restore/restore-to-options.js';
export type {
  UndoOptions,
  UndoRequestOptions,
  UndoResult,
  UndoStep,
  UndoTransactionOptions,
} from './audit/undo/undo-options.js';
export type { AuditProblem, VerifyOptions } from './audit/verify/audit-verifier.js';
export { DatabaseError } from './common/errors/database.error.js';
export { StartupError } from './common/errors/startup.error.js';
export { InvalidCountError } from './common/errors/invalid-count.error.js';
export { MissingFilterError } from './common/errors/missing-filter.error.js';
export { InvalidTextError } from './common/errors/invalid-text.error.js';
export { InvalidConfigurationError, EmbeddedInProductionError } from './config/errors.js';
export {
  DatabaseUnreachableError,
  DatabaseAccessDeniedError,
  PasswordUnavailableError,
  DatabaseMissingError,
  DatabaseConnectionError,
  DatabaseVersionError,
  ExtensionFailedError,
  ExtensionMissingError,
  ExtensionOffPathError,
  ExtensionPermissionError,
  MigrationBlockedError,
  SchemaConflictError,
  SchemaNotFirstError,
  SchemaPermissionError,
  DataSourceConflictError,
  CommitUnknownError,
  ConnectionLostError,
  OverloadedError,
  PoolExhaustedError,
  PoolShareExhaustedError,
  ConnectionBusyError,
  TenancyNotEnforcedError,
  TransactionAbortedError,
  PoolTooSmallError,
} from './connection/errors.js';
export {
  EmbeddedEngineMissingError,
  EmbeddedDataDirectoryLockedError,
  EmbeddedEngineFailedError,
} from './embedded/errors.js';
export {
  InvalidAnnotationError,
  MalformedActorError,
  MalformedTenantsError,
  NoActorContextError,
} from './actor/errors.js';
export {
  InterleavedWritesError,
  TransactionEndedError,
  TransactionRequiredError,
  IsolationLevelConflictError,
  SavepointOrderError,
  DataSourceNotFoundError,
  TransactionalMethodError,
} from './transaction/errors.js';
export {
  AnswerNotStorableError,
  IdempotencyError,
  IdempotencyKeyMissingError,
  IdempotencyKeyReusedError,
  IdempotentHandlerError,
  InvalidIdempotencyKeyError,
  OperationInProgressError,
} from './idempotency/errors.js';
export {
  AuditEntryNotFoundError,
  HistoryPrunedError,
  ImageUnreadableError,
  NotTheOwnerError,
  InvalidActionError,
  InvalidHistoryQueryError,
  InvalidPersonalDataError,
  InvalidRecordKeyError,
  TableNotAuditedError,
  TrailBusyError,
  type TrailBlocker,
  TenantMismatchError,
} from './audit/errors.js';
export {
  AmbiguousTransactionError,
  UndoConflictError,
  UndoImpossibleError,
  UndoRedactedError,
  type UndoConflict,
} from './audit/undo/errors.js';
