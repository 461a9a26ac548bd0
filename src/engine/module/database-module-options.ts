import type { FactoryProvider, ModuleMetadata } from '@nestjs/common';
import type { ActorResolver } from './origins/execution-origin.js';
import type { UserIds } from '../actor/resolved-actor.js';
import type { DatabaseOptions } from '../config/database-options.js';
import type { TransactionOptions } from '../transaction/run-in-transaction.js';

/** What `DatabaseModule.forRoot()` takes. Everything has a default. */
export interface DatabaseModuleOptions extends DatabaseOptions {
  /**
   * Who is behind a request, for the audit trail: the id of a user, an actor such as `apiKeyActor(key)`,
   * or nothing for nobody. Called after the guards have run. Default: `request.user?.id`.
   */
  actor?: ActorResolver;
  /**
   * Which ids the application's users have: `uuid`, so that the resolver is refused anything else, or `any`
   * text or whole number. Default: `uuid` with the tables of Singr's, `any` without.
   */
  userIds?: UserIds;
  /** The transaction of requests that may write. Default: the server's isolation level, no retries. */
  transaction?: Pick<TransactionOptions, 'isolationLevel' | 'retries'>;
  /** Connect when the application starts. Default: true; else call `dataSource.initialize()`. */
  connectOnStart?: boolean;
}

/** What `DatabaseModule.forRootAsync()` takes: options that other providers decide. */
export interface DatabaseModuleAsyncOptions extends Pick<ModuleMetadata, 'imports'> {
  inject?: FactoryProvider['inject'];
  useFactory: (...args: any[]) => DatabaseModuleOptions | Promise<DatabaseModuleOptions>;
}
