import { contrib } from './contrib-extensions.js';
import { DatabaseError } from '../common/errors/database.error.js';
import { StartupError } from '../common/errors/startup.error.js';

/** No server answers at the configured address, or none answers in time. */
export class DatabaseUnreachableError extends StartupError {
  readonly code = 'DATABASE_UNREACHABLE';

  constructor(address: string, attempts: number, cause: Error) {
    super(
      `No PostgreSQL server answers at ${address} (${attempts} attempts, last: ${reasonOf(cause)}). ` +
        'Start the server, or correct DATABASE_URL (or PGHOST and PGPORT).',
    );
  }
}

/** The server refuses the role or its password. */
export class DatabaseAccessDeniedError extends StartupError {
  readonly code = 'DATABASE_ACCESS_DENIED';

  constructor(address: string, cause: Error) {
    super(
      `The PostgreSQL server at ${address} refuses the login: ${cause.message}. ` +
        'Correct the user and password in DATABASE_URL (or PGUSER and PGPASSWORD).',
    );
  }
}

/** The function that is the option `password` threw, or returned no password. */
export class PasswordUnavailableError extends StartupError {
  readonly code = 'PASSWORD_UNAVAILABLE';

  constructor(address: string, why: string) {
    super(
      `There is no password for PostgreSQL at ${address}: ${why}. ` +
        'Let the function of the option "password" return the current one.',
    );
  }
}

/** The server has no database of the configured name. */
export class DatabaseMissingError extends StartupError {
  readonly code = 'DATABASE_MISSING';

  constructor(database: string) {
    super(
      `The database "${database}" does not exist. Create it (createdb ${database}), or correct DATABASE_URL (or PGDATABASE).`,
    );
  }
}

/** The server or the network refuses the connection for another reason, such as TLS. */
export class DatabaseConnectionError extends StartupError {
  readonly code = 'DATABASE_CONNECTION_FAILED';

  constructor(address: string, cause: Error) {
    super(
      `The connection to PostgreSQL at ${address} failed: ${reasonOf(cause)}. ` +
        'Check DATABASE_URL, and its sslmode against what the server offers (or PGSSLMODE).',
    );
  }
}

/** The server is older than this package supports. */
export class DatabaseVersionError extends StartupError {
  readonly code = 'DATABASE_VERSION_UNSUPPORTED';

  constructor(version: string) {
    super(`The server is PostgreSQL ${version}; this package needs PostgreSQL 15 or newer.`);
  }
}

/** Names without a schema are not looked up first in the schema of the package's tables. */
export class SchemaNotFirstError extends StartupError {
  readonly code = 'SCHEMA_NOT_FIRST';

  /** @param first the schema that they are looked up in first; null for none */
  constructor(
    readonly schema: string,
    readonly first: string | null,
    role: string,
  ) {
    super(
      `Tables without a schema in their name belong to ${first === null ? 'no schema' : `the schema "${first}"`}, and the package's tables to "${schema}". ` +
        'Name their schema in the option "schema" (DATABASE_SCHEMA). Behind a pooler also run: ' +
        `ALTER ROLE "${role}" SET search_path = "${schema}", public`,
    );
  }
}

/** The server does not have the files of an extension that a migration creates. */
export class ExtensionMissingError extends StartupError {
  readonly code = 'EXTENSION_MISSING';

  constructor(
    readonly extension: string,
    cause: Error,
  ) {
    super(
      `The server lacks the extension "${extension}", which a migration creates: ${cause.message}. ` +
        `${whereToGet(extension)} The embedded engine has those that docs/embedded-engine.md lists, and no others.`,
    );
  }
}

/** The role that runs the migrations may not create an extension. */
export class ExtensionPermissionError extends StartupError {
  readonly code = 'EXTENSION_PERMISSION';

  constructor(
    readonly extension: string,
    cause: Error,
  ) {
    const others = packageExtensions.includes(extension) ? packageExtensions : [extension];
    const statements = others.map((name) => `CREATE EXTENSION IF NOT EXISTS ${quoted(name)};`);
    super(
      `The role may not create the extension "${extension}": ${cause.message}. Let a superuser run, in this database: ` +
        `${statements.join(' ')} Then migrate again with this role.`,
    );
  }
}

/** An available extension could not be created. The message has PostgreSQL's reason. */
export class ExtensionFailedError extends StartupError {
  readonly code = 'EXTENSION_FAILED';

  constructor(
    readonly extension: string,
    cause: Error,
  ) {
    super(
      `A migration could not create the extension "${extension}": ${cause.message}. ` +
        'Change that migration, or let a superuser create the extension in this database, and migrate again.',
    );
  }
}

/** An extension is in a schema that is not on the search path, so that migrations do not find what is in it. */
export class ExtensionOffPathError extends StartupError {
  readonly code = 'EXTENSION_OFF_PATH';

  constructor(cause: Error) {
    super(
      `A migration does not find what an extension has: ${cause.message}. Where extensions are in a schema of their own, ` +
        'such as extensions, let the owner of the database run: ' +
        'ALTER DATABASE … SET search_path = "$user", public, extensions; Then migrate again.',
    );
  }
}

/** The role that runs the migrations may not create tables. */
export class SchemaPermissionError extends StartupError {
  readonly code = 'SCHEMA_PERMISSION';

  constructor(cause: Error) {
    super(
      `The role may not create the objects of the migrations: ${cause.message}. Migrate as the owner of the database ` +
        '(ALTER DATABASE … OWNER TO role), or let the owner run: GRANT CREATE ON SCHEMA public TO role; ' +
        'GRANT CREATE ON DATABASE … TO role.',
    );
  }
}

/** A migration did not get a lock, because other transactions hold it. Nothing of its transaction remains. */
export class MigrationBlockedError extends StartupError {
  readonly code = 'MIGRATION_BLOCKED';

  /**
   * @param lockTimeoutMs how long each attempt waited
   * @param transactions the oldest open transactions, as a sentence; empty when there are none
   */
  constructor(lockTimeoutMs: number, attempts: number, transactions: string, cause: Error) {
    super(
      `A migration did not get a lock in ${attempts} attempts of ${lockTimeoutMs} ms: ${cause.message}. ` +
        `${transactions}Migrate when there is less traffic, end the transactions that hold the lock (SELECT pg_terminate_backend(pid)), ` +
        'or raise timeouts.migrationLock (DATABASE_MIGRATION_LOCK_TIMEOUT) or migrationAttempts (DATABASE_MIGRATION_ATTEMPTS).',
    );
  }
}

/**
 * A migration creates an object that exists already, such as a table of the application with the same name.
 */
export class SchemaConflictError extends StartupError {
  readonly code = 'SCHEMA_CONFLICT';

  constructor(cause: Error) {
    super(
      `A migration creates an object that already exists: ${cause.message}. If it belongs to the application, ` +
        'move it into another schema (ALTER TABLE … SET SCHEMA …) in a migration with an earlier date than the ' +
        "package's: see docs/moving.md.",
    );
  }
}

/** The application has a second data source with the default name, which is the name of this module's. */
export class DataSourceConflictError extends StartupError {
  readonly code = 'DATA_SOURCE_CONFLICT';

  constructor() {
    super(
      'Two data sources have the default name: that of DatabaseModule, and that of TypeOrmModule.forRoot(), ' +
        'of another provider of DataSource, or of a second DatabaseModule. Either pass the entities of the other one to TypeOrmModule.forFeature(), so that they use this ' +
        "module's data source, or name it: TypeOrmModule.forRoot({ name: 'crm', … }).",
    );
  }
}

/** No connection of the pool became free within `connectTimeout`, or none can become free. */
export class PoolExhaustedError extends DatabaseError {
  readonly code = 'POOL_EXHAUSTED';

  static afterTime(poolSize: number, timeoutMs: number, cause?: unknown): PoolExhaustedError {
    return new PoolExhaustedError(
      `No connection became free within ${timeoutMs} ms: all ${poolSize} of the pool are in use. ` +
        'Look for transactions that wait for something other than the database, release every query runner, ' +
        'or raise DATABASE_POOL_SIZE' +
        (poolSize === 1 ? ' (the embedded engine always has one connection).' : '.'),
      { cause },
    );
  }

  static byHolders(poolSize: number): PoolExhaustedError {
    return new PoolExhaustedError(
      `All ${poolSize} connections of the pool are in use by transactions that wait for a further connection, as with REQUIRES_NEW. ` +
        'One of them has to give way. Raise DATABASE_POOL_SIZE, or let the work join the transaction.',
    );
  }
}

/** One key of callers uses its share of the pool, and its requests wait for a connection. */
export class PoolShareExhaustedError extends DatabaseError {
  readonly code = 'POOL_SHARE_EXHAUSTED';

  constructor(connections: number) {
    super(
      `The caller uses all of its ${connections} connections of the pool. Send fewer requests at once, and this one again. ` +
        'The server’s operator can raise the option overload.share, or DATABASE_POOL_SIZE.',
    );
  }
}

/** Requests wait for a connection for too long, so that this one was not begun. */
export class OverloadedError extends DatabaseError {
  readonly code = 'OVERLOADED';

  /** @param retryAfter when to try again, in milliseconds from now */
  constructor(readonly retryAfter: number) {
    super(
      'The server has more requests than its database can answer. Nothing was done. Try again in a moment.',
    );
  }
}

/** The server or the network ended the connection, during a statement or between two. */
export class ConnectionLostError extends DatabaseError {
  readonly code = 'CONNECTION_LOST';

  constructor(cause: Error) {
    super(
      `The connection to PostgreSQL was lost (${reasonOf(cause)}), and with it the transaction that was open on it. ` +
        'Nothing of that transaction remains. Run it again: the pool opens a new connection.',
      { cause },
    );
  }
}

/**
 * The connection was lost after COMMIT was sent and before its answer came. Nobody but the server knows the
 * outcome.
 */
export class CommitUnknownError extends DatabaseError {
  readonly code = 'COMMIT_UNKNOWN';

  /** @param transactionId PostgreSQL's id of the transaction, a decimal string; undefined when it is not known */
  constructor(
    readonly transactionId: string | undefined,
    cause: Error,
  ) {
    super(
      transactionId === undefined
        ? `The connection to PostgreSQL was lost (${reasonOf(cause)}) before the answer to a write came: it may be committed. ` +
            'Look whether it is there before you run it again.'
        : `The connection to PostgreSQL was lost (${reasonOf(cause)}) before the answer to COMMIT came: transaction ${transactionId} may be committed. ` +
            'Ask dataSource.transactionOutcome(error.transactionId) before you run it again.',
      { cause },
    );
  }
}

/**
 * A stream kept its connection busy for longer than `connectTimeout` while another statement waited for it.
 */
export class ConnectionBusyError extends DatabaseError {
  readonly code = 'CONNECTION_BUSY';

  constructor(timeoutMs: number) {
    super(
      `A statement waited ${timeoutMs} ms for a stream on the same connection, or for a query on the client of connect(). ` +
        'Read each stream to its end, or destroy it, before the next statement and before its transaction ends; ' +
        'to write while you read, read outside the transaction: with @NoTransaction(), on a query runner of its own.',
    );
  }
}

/** The extensions that the package's migrations create. */
const packageExtensions: readonly string[] = ['postgis', 'pgcrypto', 'pg_trgm', 'unaccent'];

function whereToGet(extension: string): string {
  if (extension.startsWith('postgis')) {
    return 'Install PostGIS on the server (on Debian: postgresql-15-postgis-3), or use an image that has it, such as postgis/postgis.';
  }
  return contrib.has(extension)
    ? 'Install the contrib modules of PostgreSQL on the server (where its package leaves them out: postgresql-contrib).'
    : 'Install it on the server, as its own documentation says, or do without it in that migration.';
}

function quoted(name: string): string {
  return /^[a-z_][a-z0-9_]*$/.test(name) ? name : `"${name}"`;
}

/** The driver's message. An error may hold several, one for each network address, and be empty itself. */
export function reasonOf(cause: Error): string {
  if (cause instanceof AggregateError) {
    return cause.errors.map((error: Error) => error.message).join('; ');
  }
  return cause.message || (cause as NodeJS.ErrnoException).code || cause.name;
}

/** A statement had failed, so that PostgreSQL rolled the transaction back instead of committing it. */
export class TransactionAbortedError extends DatabaseError {
  readonly code = 'TRANSACTION_ABORTED';

  constructor() {
    super(
      'The transaction was rolled back instead of committed: a statement in it had failed, and its error was caught. ' +
        'To continue after a failed statement, run it in dataSource.transaction(…), which rolls back to a savepoint.',
    );
  }
}

/** The code needs a second connection while the outer transaction holds the only one of the pool. */
export class PoolTooSmallError extends DatabaseError {
  readonly code = 'POOL_TOO_SMALL';

  constructor() {
    super(
      'Work outside the open transaction needs a second connection, and the pool has one, which that transaction holds. ' +
        'Raise DATABASE_POOL_SIZE to 2 or more (the embedded engine cannot: it has one), or let the work join the transaction; ' +
        'in a migration, use the query runner that it is given.',
    );
  }
}

/** The option `tenancy` is set, and rows of all tenants could be read. */
export class TenancyNotEnforcedError extends StartupError {
  readonly code = 'TENANCY_NOT_ENFORCED';

  static withoutPolicies(): TenancyNotEnforcedError {
    return new TenancyNotEnforcedError(
      'The option "tenancy" is set, and no table of the database has policies. ' +
        'Isolate the tables in a migration, with isolateSingrTables() or isolateTable() of @singr/database/migrations, and apply it.',
    );
  }

  /** @param role the role that transactions run as; undefined for the login */
  static exempt(tables: readonly string[], role: string | undefined): TenancyNotEnforcedError {
    const more = tables.length > 1 ? ` and ${tables.length - 1} other tables` : '';
    return new TenancyNotEnforcedError(
      `The option "tenancy" is set, and the policies of ${tables[0]!}${more} do not apply to ${role === undefined ? 'the login' : `the role "${role}"`}, ` +
        'which owns the tables, is a superuser, or may bypass row-level security. Log in as a role of the application, or name one in ' +
        '"tenancy.role": CREATE ROLE singr_app; SELECT audit.grant_application(\'singr_app\'); GRANT singr_app TO the login.',
    );
  }
}
