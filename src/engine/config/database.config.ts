import { userInfo } from 'node:os';
import { resolve } from 'node:path';
import { parseConnectionUrl } from './connection-url.js';
import { assertHostTables } from './host-tables.js';
import { assertKnownOptions } from './known-options.js';
import type {
  DatabaseOptions,
  HostTables,
  ServerOptions,
  TypeOrmFeatures,
  UnattributedWrites,
} from './database-options.js';
import { readEnvironment, type Environment } from './environment.js';
import { EmbeddedInProductionError, InvalidConfigurationError } from './errors.js';
import { tlsOptions, type TlsOptions } from './ssl-mode.js';

/** A PostgreSQL server, with every default filled in. */
export interface ServerConnection {
  readonly kind: 'server';
  readonly host: string;
  readonly port: number;
  readonly username: string;
  readonly password: string | undefined;
  readonly database: string;
  readonly ssl: TlsOptions;
}

/** The embedded engine on a folder of its own. */
export interface EmbeddedConnection {
  readonly kind: 'embedded';
  /** Absolute path. */
  readonly dataDir: string;
}

/** The settings of a database connection, complete and checked. Times are in milliseconds. */
export interface DatabaseConfig {
  readonly connection: ServerConnection | EmbeddedConnection;
  /** Servers for reads outside any transaction. When empty, the primary serves these too. */
  readonly replicas: readonly ServerConnection[];
  /** The schema of the package's tables; undefined for `public`. */
  readonly schema: string | undefined;
  readonly applicationName: string;
  readonly poolSize: number;
  readonly connectTimeout: number;
  readonly connectAttempts: number;
  readonly timeouts: {
    readonly statement: number;
    readonly lock: number;
    readonly idleInTransaction: number;
  };
  readonly unattributedWrites: UnattributedWrites;
  readonly migrate: boolean;
  readonly slowQuery: number;
  /** Entities, migrations and tables of the application itself. */
  readonly host: Readonly<
    Required<Omit<HostTables, 'namingStrategy'>> & Pick<HostTables, 'namingStrategy'>
  >;
  /** TypeORM features that the application uses. */
  readonly features: Readonly<TypeOrmFeatures>;
}

/**
 * Merges options and environment. The server comes from the options, else from `DATABASE_URL`, else from the
 * `PG*` variables. Without any of these, the embedded engine is used.
 *
 * @throws InvalidConfigurationError when a setting is wrong or unknown
 * @throws EmbeddedInProductionError when no server is configured and NODE_ENV is "production"
 */
export function resolveDatabaseConfig(
  options: DatabaseOptions = {},
  environment: Environment = readEnvironment(process.env),
): DatabaseConfig {
  assertKnownOptions(options);
  assertHostTables(options);
  const { server, applicationName } = resolveServer(options, environment);
  const connection: DatabaseConfig['connection'] =
    server === undefined ? embeddedConnection(options, environment) : serverConnection(server);
  return {
    connection,
    replicas: resolveReplicas(options, environment),
    schema: checkedSchema(options.schema ?? environment.DATABASE_SCHEMA),
    applicationName: options.applicationName ?? applicationName ?? environment.PGAPPNAME ?? 'singr',
    // The embedded engine has one session, so a second connection would only wait for the first.
    poolSize:
      connection.kind === 'embedded'
        ? 1
        : checked('poolSize', options.poolSize ?? environment.DATABASE_POOL_SIZE ?? 10, 1),
    connectTimeout: checked(
      'connectTimeout',
      options.connectTimeout ?? environment.DATABASE_CONNECT_TIMEOUT ?? 10_000,
    ),
    connectAttempts: checked(
      'connectAttempts',
      options.connectAttempts ?? environment.DATABASE_CONNECT_ATTEMPTS ?? 5,
      1,
    ),
    timeouts: {
      statement: checked(
        'timeouts.statement',
        options.timeouts?.statement ?? environment.DATABASE_STATEMENT_TIMEOUT ?? 30_000,
      ),
      lock: checked(
        'timeouts.lock',
        options.timeouts?.lock ?? environment.DATABASE_LOCK_TIMEOUT ?? 10_000,
      ),
      idleInTransaction: checked(
        'timeouts.idleInTransaction',
        options.timeouts?.idleInTransaction ??
          environment.DATABASE_IDLE_IN_TRANSACTION_TIMEOUT ??
          60_000,
      ),
    },
    unattributedWrites:
      options.unattributedWrites ?? environment.DATABASE_UNATTRIBUTED_WRITES ?? 'allow',
    migrate: options.migrate ?? environment.DATABASE_MIGRATE ?? false,
    slowQuery: checked('slowQuery', options.slowQuery ?? environment.DATABASE_SLOW_QUERY ?? 1000),
    host: {
      entities: options.entities ?? [],
      migrations: options.migrations ?? [],
      otherTables: options.otherTables ?? [],
      namingStrategy: options.namingStrategy,
    },
    features: {
      subscribers: options.subscribers,
      cache: options.cache,
      logger: options.logger,
    },
  };
}

function resolveServer(
  options: DatabaseOptions,
  environment: Environment,
): { server?: ServerOptions; applicationName?: string } {
  if (options.embedded !== undefined) return {};
  if (options.url !== undefined || options.host !== undefined || options.database !== undefined) {
    const url =
      options.url === undefined ? {} : parseConnectionUrl(options.url, 'the option "url"');
    return { ...splitApplicationName(url, options) };
  }
  if (environment.DATABASE_URL !== undefined) {
    return splitApplicationName(parseConnectionUrl(environment.DATABASE_URL), options);
  }
  const { PGHOST, PGPORT, PGUSER, PGDATABASE } = environment;
  if ([PGHOST, PGPORT, PGUSER, PGDATABASE].some((value) => value !== undefined)) {
    return {
      server: {
        host: PGHOST,
        port: PGPORT,
        username: PGUSER,
        password: environment.PGPASSWORD,
        database: PGDATABASE,
        sslMode: environment.PGSSLMODE,
        sslRootCert: environment.PGSSLROOTCERT,
        ...serverFields(options),
      },
    };
  }
  return {};
}

function resolveReplicas(
  { replicas }: DatabaseOptions,
  { DATABASE_REPLICA_URLS }: Environment,
): ServerConnection[] {
  if (replicas !== undefined) {
    return replicas.map((url) =>
      serverConnection(parseConnectionUrl(url, 'the option "replicas"')),
    );
  }
  return (DATABASE_REPLICA_URLS ?? []).map((url) =>
    serverConnection(parseConnectionUrl(url, 'DATABASE_REPLICA_URLS')),
  );
}

function splitApplicationName(
  url: ReturnType<typeof parseConnectionUrl>,
  options: DatabaseOptions,
): { server: ServerOptions; applicationName?: string } {
  const { applicationName, ...server } = url;
  return { server: { ...server, ...serverFields(options) }, applicationName };
}

function serverFields(options: DatabaseOptions): ServerOptions {
  const { host, port, username, password, database, sslMode, sslRootCert } = options;
  return Object.fromEntries(
    Object.entries({ host, port, username, password, database, sslMode, sslRootCert }).filter(
      ([, value]) => value !== undefined,
    ),
  );
}

function serverConnection(server: ServerOptions): ServerConnection {
  const username = server.username ?? userInfo().username;
  return {
    kind: 'server',
    host: server.host ?? 'localhost',
    port: server.port ?? 5432,
    username,
    password: server.password,
    database: server.database ?? username,
    ssl: tlsOptions(server.sslMode ?? 'disable', server.sslRootCert),
  };
}

function embeddedConnection(
  options: DatabaseOptions,
  environment: Environment,
): EmbeddedConnection {
  if (environment.NODE_ENV === 'production') throw new EmbeddedInProductionError();
  const dataDir = options.embedded?.dataDir ?? environment.DATABASE_EMBEDDED_DIR ?? '.singr/data';
  return { kind: 'embedded', dataDir: resolve(dataDir) };
}

function checked(name: string, value: number, minimum = 0): number {
  if (Number.isInteger(value) && value >= minimum) return value;
  throw new InvalidConfigurationError([
    `the option "${name}" takes a whole number of at least ${minimum}.`,
  ]);
}

function checkedSchema(name: string | undefined): string | undefined {
  if (name === undefined) return undefined;
  const isPlain = /^[a-z_][a-z0-9_]{0,62}$/.test(name);
  if (isPlain && !/^(pg_.*|audit|information_schema)$/.test(name)) return name;
  throw new InvalidConfigurationError([
    'the option "schema" (DATABASE_SCHEMA) takes a name of lower-case letters, digits and underscores, other than audit, information_schema and pg_….',
  ]);
}
