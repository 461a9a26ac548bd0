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
