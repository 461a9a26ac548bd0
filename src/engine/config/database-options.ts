import type {
  DataSourceOptions,
  EntitySchema,
  Logger,
  MigrationInterface,
  NamingStrategyInterface,
} from 'typeorm';
import type { MaintenanceOptions } from './maintenance-options.js';
import type { OverloadOptions } from './overload.js';
import type { LoadBalanceHosts, Password, TargetSessionAttrs } from './server-settings.js';
import type { SslMode } from './ssl-mode.js';
import type { TelemetryOptions } from './telemetry-options.js';

/** Where a connection is about to log in. */
export interface ServerLogin {
  /** Host name, address, or the folder of a Unix socket. */
  readonly host: string;
  readonly port: number;
  readonly username: string;
  readonly database: string;
}

/** A PostgreSQL server to connect to. Fields that are left out have the defaults of libpq. */
export interface ServerOptions {
  /** `postgres://user:password@host:5432/name?sslmode=verify-full`. The fields below override it. */
  url?: string;
  /** Host name, address, or the folder of a Unix socket. Several are separated by commas. */
  host?: string;
  port?: number;
  username?: string;
  /**
   * A password, or a function that returns it. The function is called for each new connection, so that
   * passwords may change and tokens may expire.
   */
  password?: Password;
  database?: string;
  sslMode?: SslMode;
  /** The certificate authorities that may have signed the server's certificate, as PEM text or the path of a PEM file. */
  sslRootCert?: string;
  /** The client's certificate, as PEM text or the path of a PEM file. */
  sslCert?: string;
  /** The key of the client's certificate, as PEM text or the path of a PEM file. */
  sslKey?: string;
  /** Which of several hosts is suitable, for example `read-write`. Default: `any`. */
  targetSessionAttrs?: TargetSessionAttrs;
  /** `random` to try several hosts in a random order. Default: `disable`, which tries them in their order. */
  loadBalanceHosts?: LoadBalanceHosts;
  /**
   * How long a connection is idle before TCP checks whether the server is still there, in milliseconds; 0 for no
   * checks. Default: 10 000.
   */
  keepAliveDelay?: number;
}

/** The embedded engine, for development and tests. */
export interface EmbeddedOptions {
  /** The folder that holds the data. Default: `.singr/data` below the working directory. */
  dataDir: string;
}

/** Timeouts of each transaction and statement, in milliseconds; 0 turns one off. */
export interface TransactionTimeouts {
  /** The longest a statement may run. Default: 30 000. */
  statement?: number;
  /** The longest a statement may wait for a lock. Default: 10 000. */
  lock?: number;
  /** The longest a transaction may sit idle between statements. Default: 60 000. */
  idleInTransaction?: number;
  /**
   * The longest a statement of a migration may wait for a lock, with all later statements on the table behind
   * it. Default: 2000.
   */
  migrationLock?: number;
  /**
   * How long a statement may be without an answer before the server is asked, on another connection, whether it
   * still works on it. If not, the connection is closed. Default: 5000.
   */
  answer?: number;
}

export const unattributedWritesPolicies = ['allow', 'reject'] as const;
export type UnattributedWrites = (typeof unattributedWritesPolicies)[number];

/** The application's own tables in the same database. */
export interface HostTables {
  /** Its entities, besides those that it gives to `TypeOrmModule.forFeature()`. Default: none. */
  entities?: readonly (Function | EntitySchema)[];
  /**
   * Its migrations. They run with the package's, in the order of the times in their names. Default:
   * none.
   */
  migrations?: readonly (new () => MigrationInterface)[];
  /**
   * Tables in `public` without an entity, such as another program's. The checks ignore them.
   * Default: none.
   */
  otherTables?: readonly string[];
  /**
   * Names the tables and columns of the application's entities that do not name them themselves. It has no
   * effect on the package's entities. Default: TypeORM's.
   */
  namingStrategy?: NamingStrategyInterface;
}

/** Features of TypeORM that an application may use. */
export interface TypeOrmFeatures {
  /**
   * Classes of subscribers that TypeORM instantiates. A subscriber that needs injection is a provider instead,
   * and adds itself to `dataSource.subscribers`. Default: none.
   */
  subscribers?: readonly Function[];
  /** TypeORM's cache of query results. A migration has to create its table. Default: none. */
  cache?: DataSourceOptions['cache'];
  /**
   * Logs queries and migrations instead of Nest's logger. It gets no query parameters, and error messages
   * without the values that PostgreSQL quotes. Default: Nest's logger.
   */
  logger?: Logger;
}

/** Row-level security by tenant. */
export interface TenancyOptions {
  /**
   * The role that transactions run as, by `SET LOCAL ROLE`. It is needed when the login owns the tables or is a
   * superuser, because policies do not apply to these. The login must be a member of the role, and
   * `audit.grant_application()` must have been called for it. Default: the login itself; with the embedded
   * engine `singr_application`, which is created.
   */
  role?: string;
}

/**
 * The options of the database module. An option overrides the environment variable of the same meaning;
 * without both, the default applies.
 */
export interface DatabaseOptions extends ServerOptions, HostTables, TypeOrmFeatures {
  /** Use the embedded engine whatever the environment says. Refused in production. */
  embedded?: EmbeddedOptions;
  /**
   * Connection URLs of read replicas. Reads outside any transaction go to one of them, all else to the
   * primary. What a URL leaves out, such as the password, is as for the primary. Default: none.
   */
  replicas?: readonly string[];
  /**
   * Whether reads of a user who has written go only to replicas that have replayed the last commit. Default:
   * true.
   */
  readYourWrites?: boolean;
  /**
   * The schema of the package's tables, and of the application's entities that name none. Default: `public`.
   * The first migration creates it if it does not exist.
   */
  schema?: string;
  /** Connections in the pool. Default: 10; the embedded engine always has one. */
  poolSize?: number;
  /** `application_name` of the connections, as shown in `pg_stat_activity`. Default: `singr`. */
  applicationName?: string;
  /** How long to wait for a connection, in milliseconds; of several hosts, for each. Default: 10 000. */
  connectTimeout?: number;
  /** How many times to try to connect while the database is still starting. Default: 5. */
  connectAttempts?: number;
  timeouts?: TransactionTimeouts;
  /** How many times a migration may try to get its locks, with growing pauses. Default: 10. */
  migrationAttempts?: number;
  /** What happens when more requests come than the pool can serve. */
  overload?: OverloadOptions;
  /**
   * How the database treats a write without an actor. `allow` (default) records it without one. `reject` makes
   * it fail, with a message that says how to name an actor.
   */
  unattributedWrites?: UnattributedWrites;
  /**
   * Sends the tenants of the running code to the database, whose policies restrict the rows. Default: off. The
   * policies are made by a migration, with `isolateTable()` of `@singr/database/migrations`.
   */
  tenancy?: TenancyOptions;
  /** Apply pending migrations on start. Default: false. */
  migrate?: boolean;
  /**
   * What the module maintains by itself, after the start and then at intervals: partitions of the audit trail,
   * its retention, and the purges of expired rows. Default: partitions and purges, every hour. False for nothing.
   */
  maintenance?: MaintenanceOptions | false;
  /**
   * Queries that take longer are logged as warnings, in milliseconds; 0 for none. Default: 1000, and 10 000 on
   * the embedded engine, which loads an extension when it is first used.
   */
  slowQuery?: number;
  /**
   * Shows statements, transactions and the pool with OpenTelemetry. Default: when the package `@opentelemetry/api` is
   * there, and the application has registered its SDK before the data source is initialized. True to use the package
   * in any case, false to load nothing.
   */
  telemetry?: boolean | TelemetryOptions;
}
