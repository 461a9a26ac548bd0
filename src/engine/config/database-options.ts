import type {
  DataSourceOptions,
  EntitySchema,
  Logger,
  MigrationInterface,
  NamingStrategyInterface,
} from 'typeorm';
import type { SslMode } from './ssl-mode.js';

/** A PostgreSQL server to connect to. What is left out falls back as libpq's does. */
export interface ServerOptions {
  /** `postgres://user:password@host:5432/name?sslmode=verify-full`; the fields below win over it. */
  url?: string;
  /** Host name, address, or the folder of a Unix socket. */
  host?: string;
  port?: number;
  username?: string;
  password?: string;
  database?: string;
  sslMode?: SslMode;
  /** Path of a PEM file with the authorities that the server's certificate is checked against. */
  sslRootCert?: string;
}

/** The embedded engine, for development and tests. */
export interface EmbeddedOptions {
  /** The folder that holds the data. Default: `.singr/data` below the working directory. */
  dataDir: string;
}

/** Time-outs in milliseconds that go with each transaction; 0 turns one off. */
export interface TransactionTimeouts {
  /** The longest a statement may run. Default: 30 000. */
  statement?: number;
  /** The longest a statement may wait for a lock. Default: 10 000. */
  lock?: number;
  /** The longest a transaction may sit idle between statements. Default: 60 000. */
  idleInTransaction?: number;
}

export const unattributedWritesPolicies = ['allow', 'reject'] as const;
export type UnattributedWrites = (typeof unattributedWritesPolicies)[number];

/** What an application keeps in the same database besides the package's tables. */
export interface HostTables {
  /** Its entities, besides those that it gives to `TypeOrmModule.forFeature()`. Default: none. */
  entities?: readonly (Function | EntitySchema)[];
  /**
   * Its migrations. They run with the package's, in the order of the times in their names. Default:
   * none.
   */
  migrations?: readonly (new () => MigrationInterface)[];
  /**
   * Tables in `public` that no entity has, such as another program's: the checks leave them alone.
   * Default: none.
   */
  otherTables?: readonly string[];
  /**
   * Names the tables and columns of its entities where these do not. The package's name all of theirs.
   * Default: TypeORM's.
   */
  namingStrategy?: NamingStrategyInterface;
}

/** What TypeORM has to offer an application besides. */
export interface TypeOrmFeatures {
  /** Subscribers that TypeORM makes; one that is injected adds itself to `dataSource.subscribers`. Default: none. */
  subscribers?: readonly Function[];
  /** TypeORM's cache of query results. A migration makes its table. Default: none. */
  cache?: DataSourceOptions['cache'];
  /**
   * Takes the place of Nest's logger for queries and migrations. It gets no parameters, and errors without
   * the values that PostgreSQL quotes. Default: Nest's logger.
   */
  logger?: Logger;
}

/**
 * What an application may say about its database in code. Each option wins over the environment
 * variable of the same meaning; what neither says has a default.
 */
export interface DatabaseOptions extends ServerOptions, HostTables, TypeOrmFeatures {
  /** Use the embedded engine whatever the environment says. Refused in production. */
  embedded?: EmbeddedOptions;
  /**
   * Connection URLs of read replicas. Reads outside any transaction go to one of them, all else to the
   * primary. Default: none.
   */
  replicas?: readonly string[];
  /** Connections in the pool. Default: 10; the embedded engine always has one. */
  poolSize?: number;
  /** How the connections name themselves in `pg_stat_activity`. Default: `singr`. */
  applicationName?: string;
  /** How long to wait for a connection, in milliseconds. Default: 10 000. */
  connectTimeout?: number;
  /** How many times to try to reach a database that is not there yet. Default: 5. */
  connectAttempts?: number;
  timeouts?: TransactionTimeouts;
  /**
   * What becomes of a write that no actor stands behind: `allow` (default) records it without one,
   * `reject` makes it fail in the database with a message that says how to give it one.
   */
  unattributedWrites?: UnattributedWrites;
  /** Apply pending migrations on start. Default: false. */
  migrate?: boolean;
  /** Queries that take longer are logged as warnings, in milliseconds; 0 for none. Default: 1000. */
  slowQuery?: number;
}
