import type { FactoryProvider, ModuleMetadata } from '@nestjs/common';
import type { ActorResolver, TenantResolver } from './origins/execution-origin.js';
import type { AuditOptions } from './origins/recorded-origin.js';
import type { RequestIdSource } from './origins/request-id.js';
import type { UserIds } from '../actor/resolved-actor.js';
import type { DatabaseOptions, TenancyOptions } from '../config/database-options.js';
import type { TransactionOptions } from '../transaction/run-in-transaction.js';

/** Row-level security by tenant, and how requests get their tenants. */
export interface ModuleTenancyOptions extends TenancyOptions {
  /**
   * Returns the tenants of a request, a message or a socket event: an id, a list of ids (empty for somebody who
   * belongs to none), `'all'`, or undefined for no rows at all. Called after the guards, with the rows of all
   * tenants and the actor of the request. Default: no tenants, so that only `TenantContext.run()` sets them.
   */
  resolve?: TenantResolver;
}

/** The options of `DatabaseModule.forRoot()`. All are optional. */
export interface DatabaseModuleOptions extends Omit<DatabaseOptions, 'tenancy'> {
  /**
   * Returns the actor of a request for the audit trail: the id of a user, an actor such as `apiKeyActor(key)`,
   * or undefined for no actor. Called after the guards. Default:
   * `request.user?.id`; in a session with `request.user.impersonatedBy`, that user on behalf of `request.user.id`.
   */
  actor?: ActorResolver;
  /**
   * `traceparent` to take the id of the trace for the id of a request, so that a trace leads to its changes: that of
   * the active span of OpenTelemetry, else that of the header. Default: the request's `X-Request-Id`.
   */
  requestId?: RequestIdSource;
  /** What the audit trail keeps besides. Default: nothing. */
  audit?: AuditOptions;
  /**
   * The ids of the application's users: with `uuid`, any other id is refused; with `any`, an id is any text or
   * whole number. Default: `uuid` with Singr's tables, `any` without them.
   */
  userIds?: UserIds;
  /** Restricts requests to the rows of their tenants. Default: off. */
  tenancy?: ModuleTenancyOptions;
  /** Options for the transactions of requests. Default: the isolation level of the server, and no retries. */
  transaction?: Pick<TransactionOptions, 'isolationLevel' | 'retries'>;
  /**
   * Whether to connect when the application starts. Default: true. If false, call `dataSource.initialize()`.
   */
  connectOnStart?: boolean;
}

/** The options of `DatabaseModule.forRootAsync()`: a factory of options with injected providers. */
export interface DatabaseModuleAsyncOptions extends Pick<ModuleMetadata, 'imports'> {
  inject?: FactoryProvider['inject'];
  useFactory: (...args: any[]) => DatabaseModuleOptions | Promise<DatabaseModuleOptions>;
}
