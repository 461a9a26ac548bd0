import { InvalidConfigurationError } from './errors.js';

/**
 * Every option, the module's included. Options that are objects defined by this package have the list of their
 * fields.
 */
export const known = {
  url: true,
  host: true,
  port: true,
  username: true,
  password: true,
  database: true,
  sslMode: true,
  sslRootCert: true,
  sslCert: true,
  sslKey: true,
  targetSessionAttrs: true,
  loadBalanceHosts: true,
  embedded: ['dataDir'],
  replicas: true,
  readYourWrites: true,
  keepAliveDelay: true,
  schema: true,
  poolSize: true,
  applicationName: true,
  connectTimeout: true,
  connectAttempts: true,
  connectOnStart: true,
  timeouts: ['statement', 'lock', 'idleInTransaction', 'migrationLock', 'answer'],
  migrationAttempts: true,
  overload: ['after', 'retryAfter', 'key', 'share'],
  unattributedWrites: true,
  migrate: true,
  slowQuery: true,
  telemetry: ['spans', 'metrics', 'queryText'],
  maintenance: ['partitions', 'retention', 'archive', 'purge', 'every'],
  entities: true,
  migrations: true,
  otherTables: true,
  subscribers: true,
  namingStrategy: true,
  cache: true,
  logger: true,
  tenancy: ['resolve', 'role'],
  actor: true,
  audit: ['origin'],
  requestId: true,
  userIds: true,
  transaction: ['isolationLevel', 'retries'],
} as const satisfies Record<string, true | readonly string[]>;

const schemaByMigrations = 'the schema is changed by migrations alone';
const extensionsByMigrations =
  'extensions are created by a migration (CREATE EXTENSION IF NOT EXISTS …)';
const oneDriver = 'the module brings its own client for the package pg';

/** Options of TypeORM and `@nestjs/typeorm` that this package does not have, each with what to do instead. */
export const instead: Readonly<Record<string, string>> = {
  type: 'the database is always PostgreSQL',
  name: 'the module is the application’s default data source; another one is TypeOrmModule.forRoot({ name, … })',
  autoLoadEntities: 'what TypeOrmModule.forFeature() is given is always loaded',
  keepConnectionAlive: 'TypeORM has it no more',
  manualInitialization: 'use connectOnStart: false',
  retryAttempts: 'use connectAttempts',
  retryDelay: 'use connectAttempts; the pause grows from 250 ms to 5 s',
  toRetry: 'a database that is not there yet is tried again, and nothing else is: connectAttempts',
  verboseRetryLog: 'each further attempt is logged',
  synchronize: schemaByMigrations,
  dropSchema: `${schemaByMigrations}; singr-db reset empties a database`,
  migrationsRun: 'use migrate',
  migrationsTableName: 'the package’s migrations and yours are recorded in the table migrations',
  migrationsTransactionMode: 'use dataSource.runMigrations({ transaction })',
  metadataTableName: 'no table of that kind is used',
  entityPrefix: 'name the tables in @Entity(), or use namingStrategy',
  logging:
    'the levels of Nest’s logger decide: queries are logged at debug; see also logger and slowQuery',
  maxQueryExecutionTime: 'use slowQuery',
  replication: 'use url and replicas',
  ssl: 'use sslMode, sslRootCert, sslCert and sslKey',
  extra: 'use poolSize, connectTimeout and timeouts',
  user: 'use username',
  connectionString: 'use url',
  connectTimeoutMS: 'use connectTimeout',
  poolErrorHandler: 'the pool’s errors are logged',
  logNotifications: 'listen with a pg.Client of your own',
  installExtensions: extensionsByMigrations,
  extensions: extensionsByMigrations,
  uuidExtension: 'keys are made by gen_random_uuid(), which PostgreSQL has without an extension',
  driver: oneDriver,
  nativeDriver: oneDriver,
  parseInt8: 'give the column a transformer',
  useUTC: 'dates are read with their zone; give other columns a transformer',
  isolationLevel: 'use transaction.isolationLevel',
  relationLoadStrategy: 'give it to each query: find({ relationLoadStrategy })',
  invalidWhereValuesBehavior: 'the package’s queries rely on TypeORM’s default',
  isolateWhereStatements: 'put brackets into the query: new Brackets(…)',
  entitySkipConstructor: 'entities are made by their constructors',
};

/**
 * Refuses unknown options, which would otherwise be ignored silently. They come from JavaScript, or from code
 * that spreads the options it had for TypeORM.
 *
 * @throws InvalidConfigurationError that names each unknown option and what to do instead
 */
export function assertKnownOptions(options: object): void {
  const problems = given(options).flatMap(([name, value]) => {
    if (!Object.hasOwn(known, name)) return [`the option "${name}" is none: ${remedy(name)}.`];
    const fields: true | readonly string[] = known[name as keyof typeof known];
    if (fields === true || typeof value !== 'object' || value === null) return [];
    return given(value)
      .filter(([field]) => !fields.includes(field))
      .map(([field]) => `the option "${name}.${field}" is none: ${among(fields, field)}.`);
  });
  if (problems.length > 0) throw new InvalidConfigurationError(problems);
}

/** The options that have a value: undefined counts as left out. */
function given(options: object): [string, unknown][] {
  return Object.entries(options).filter(([, value]) => value !== undefined);
}

function remedy(name: string): string {
  if (Object.hasOwn(instead, name)) return `${instead[name]}; leave it out`;
  return among(Object.keys(known), name);
}

/** What to do about a name that is none: the nearest name, else to leave it out. */
export function among(names: readonly string[], name: string): string {
  const [nearest] = names
    .map((known) => ({ known, distance: distance(known.toLowerCase(), name.toLowerCase()) }))
    .filter(({ known, distance }) => distance <= Math.min(3, known.length / 3))
    .sort((a, b) => a.distance - b.distance);
  return nearest === undefined ? 'leave it out' : `did you mean "${nearest.known}"`;
}

/** The Levenshtein distance of two words. */
function distance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, column) => column);
  for (let line = 1; line <= from.length; line++) {
    const next = [line];
    for (let column = 1; column <= to.length; column++) {
      const change = from[line - 1] === to[column - 1] ? 0 : 1;
      next.push(Math.min(row[column]! + 1, next[column - 1]! + 1, row[column - 1]! + change));
    }
    row = next;
  }
  return row[to.length]!;
}
