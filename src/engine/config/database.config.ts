import { resolve } from 'node:path';
import { assertHostTables } from './host-tables.js';
import { assertKnownOptions } from './known-options.js';
import type {
  DatabaseOptions,
  HostTables,
  TypeOrmFeatures,
  UnattributedWrites,
} from './database-options.js';
import { readEnvironment, type Environment } from './environment.js';
import { resolveMaintenance, type MaintenanceConfig } from './maintenance-options.js';
import { EmbeddedInProductionError, InvalidConfigurationError } from './errors.js';
import { resolveOverload, type OverloadConfig } from './overload.js';
import { resolveTelemetry, type TelemetryConfig } from './telemetry-options.js';
import {
  resolveReplicas,
  resolveServer,
  serverConnection,
  type ServerConnection,
} from './server-connection.js';

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
    readonly migrationLock: number;
    readonly answer: number;
  };
  /** How often a migration may try to get its locks. */
  readonly migrationAttempts: number;
  readonly overload: OverloadConfig;
  readonly readYourWrites: boolean;
  readonly unattributedWrites: UnattributedWrites;
  /** Undefined when tenancy is off. */
  readonly tenancy: { readonly role: string | undefined } | undefined;
  readonly migrate: boolean;
  readonly slowQuery: number;
  readonly telemetry: TelemetryConfig;
  /** What the module maintains by itself; false for nothing. */
  readonly maintenance: MaintenanceConfig | false;
  /** Entities, migrations and tables of the application itself. */
  readonly host: Readonly<
    Required<Omit<HostTables, 'namingStrategy'>> & Pick<HostTables, 'namingStrategy'>
  >;
  /** TypeORM features that the application uses. */
  readonly features: Readonly<TypeOrmFeatures>;
}

/**
 * In milliseconds. The embedded engine loads an extension when a process first uses it, which takes a second or
 * two.
 */
const defaultSlowQuery = { server: 1000, embedded: 10_000 };

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
  const server = resolveServer(options, environment);
  const connectTimeout = checked(
    'connectTimeout',
    options.connectTimeout ??
      server?.connectTimeout ??
      environment.DATABASE_CONNECT_TIMEOUT ??
      10_000,
  );
  const connection: DatabaseConfig['connection'] =
    server === undefined
      ? embeddedConnection(options, environment)
      : serverConnection(server, connectTimeout);
  // The embedded engine has one session, so a second connection would only wait for the first.
  const poolSize =
    connection.kind === 'embedded'
      ? 1
      : checked('poolSize', options.poolSize ?? environment.DATABASE_POOL_SIZE ?? 10, 1);
  return {
    connection,
    replicas: resolveReplicas(options, environment, server).map((replica) =>
      serverConnection(replica, connectTimeout),
    ),
    schema: checkedSchema(options.schema ?? environment.DATABASE_SCHEMA),
    applicationName:
      server?.applicationName ?? options.applicationName ?? environment.PGAPPNAME ?? 'singr',
    poolSize,
    connectTimeout,
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
      migrationLock: checked(
        'timeouts.migrationLock',
        options.timeouts?.migrationLock ?? environment.DATABASE_MIGRATION_LOCK_TIMEOUT ?? 2000,
      ),
      answer: checked(
        'timeouts.answer',
        options.timeouts?.answer ?? environment.DATABASE_ANSWER_TIMEOUT ?? 5000,
      ),
    },
    readYourWrites: options.readYourWrites ?? environment.DATABASE_READ_YOUR_WRITES ?? true,
    migrationAttempts: checked(
      'migrationAttempts',
      options.migrationAttempts ?? environment.DATABASE_MIGRATION_ATTEMPTS ?? 10,
      1,
    ),
    overload: resolveOverload(options.overload, poolSize),
    unattributedWrites:
      options.unattributedWrites ?? environment.DATABASE_UNATTRIBUTED_WRITES ?? 'allow',
    tenancy: resolveTenancy(options, connection.kind),
    migrate: options.migrate ?? environment.DATABASE_MIGRATE ?? false,
    slowQuery: checked(
      'slowQuery',
      options.slowQuery ?? environment.DATABASE_SLOW_QUERY ?? defaultSlowQuery[connection.kind],
    ),
    telemetry: resolveTelemetry(options.telemetry ?? environment.DATABASE_TELEMETRY),
    maintenance: resolveMaintenance(
      options.maintenance ?? (environment.DATABASE_MAINTENANCE === false ? false : {}),
      environment.DATABASE_RETENTION,
    ),
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

/** The role of the embedded engine, whose every login is a superuser. */
const embeddedRole = 'singr_application';

function resolveTenancy(
  { tenancy, cache }: DatabaseOptions,
  kind: DatabaseConfig['connection']['kind'],
): DatabaseConfig['tenancy'] {
  if (tenancy === undefined) return undefined;
  const { role } = tenancy;
  if (role !== undefined && (typeof role !== 'string' || role.trim() === '' || role === 'none')) {
    throw new InvalidConfigurationError(['the option "tenancy.role" takes the name of a role.']);
  }
  // TypeORM finds a cached result by the text of its query, which is the same for every tenant.
  if (cache !== undefined && cache !== false) {
    throw new InvalidConfigurationError([
      'the options "cache" and "tenancy" exclude each other: a cached result would be given to every tenant.',
    ]);
  }
  return { role: role ?? (kind === 'embedded' ? embeddedRole : undefined) };
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
