import { rootCertificates } from 'node:tls';
import { resolveDatabaseConfig, type DatabaseOptions } from '@singr/database';
import { readEnvironment } from '../../../src/engine/config/environment.js';
import {
  EmbeddedInProductionError,
  InvalidConfigurationError,
} from '../../../src/engine/config/errors.js';

/** Resolves as an application does whose environment holds just these variables. */
function resolve(options: DatabaseOptions, variables: Record<string, string> = {}) {
  return resolveDatabaseConfig(options, readEnvironment(variables));
}

/** The certificate of an authority, one of those that Node.js trusts. */
const authority = rootCertificates[0]!;

function messageOf(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    expect(error).toBeInstanceOf(InvalidConfigurationError);
    return (error as Error).message;
  }
  throw new Error('it was accepted');
}

describe('where the database is', () => {
  const everything = {
    DATABASE_URL: 'postgres://from-url@url.example:1111/url_db',
    PGHOST: 'pg.example',
    PGPORT: '2222',
    PGUSER: 'from-pg',
    PGPASSWORD: 'pg-secret',
    PGDATABASE: 'pg_db',
  };

  it('is what the options say, whatever the environment says', () => {
    const { connection } = resolve(
      { host: 'option.example', database: 'option_db', username: 'from-option' },
      everything,
    );
    expect(connection).toMatchObject({
      kind: 'server',
      hosts: [{ name: 'option.example', port: 5432 }],
      database: 'option_db',
      username: 'from-option',
    });
  });

  it('is DATABASE_URL when the options do not say', () => {
    expect(resolve({}, everything).connection).toMatchObject({
      kind: 'server',
      hosts: [{ name: 'url.example', port: 1111 }],
      username: 'from-url',
      database: 'url_db',
      ssl: false,
    });
  });

  it('is not mixed: to one source the other variables add how to log in, and not where', () => {
    const variables = {
      DATABASE_URL: 'postgres://from-url@url.example',
      PGHOSTADDR: '192.0.2.1',
      PGPORT: '2222',
      PGDATABASE: 'pg_db',
      PGPASSWORD: 'pg-secret',
      PGSSLMODE: 'require',
      PGTARGETSESSIONATTRS: 'read-write',
    };
    expect(resolve({}, variables).connection).toMatchObject({
      hosts: [{ name: 'url.example', port: 5432 }],
      database: 'from-url',
      password: 'pg-secret',
      ssl: { rejectUnauthorized: false },
      targetSessionAttrs: 'read-write',
    });
  });

  it('is the PG* variables without DATABASE_URL', () => {
    const { DATABASE_URL: _, ...pgVariables } = everything;
    expect(resolve({}, pgVariables).connection).toMatchObject({
      kind: 'server',
      hosts: [{ name: 'pg.example', port: 2222 }],
      username: 'from-pg',
      password: 'pg-secret',
      database: 'pg_db',
      ssl: false,
    });
  });

  it.each(['PGHOST', 'PGHOSTADDR', 'PGPORT', 'PGUSER', 'PGDATABASE'])(
    'is a server when only %s is set',
    (name) => {
      const value = name === 'PGPORT' ? '6543' : 'somewhere';
      expect(resolve({}, { [name]: value }).connection.kind).toBe('server');
    },
  );

  it('is the embedded engine when nothing says otherwise', () => {
    const { connection, poolSize } = resolve({});
    expect(connection).toEqual({ kind: 'embedded', dataDir: `${process.cwd()}/.singr/data` });
    expect(poolSize).toBe(1);
  });

  it('is the embedded engine when an option asks for it, whatever the environment says', () => {
    const { connection } = resolve({ embedded: { dataDir: '/tmp/here' } }, everything);
    expect(connection).toEqual({ kind: 'embedded', dataDir: '/tmp/here' });
  });

  it('gives the embedded engine one connection, however many are asked for', () => {
    expect(resolve({ poolSize: 5 }, { DATABASE_POOL_SIZE: '7' }).poolSize).toBe(1);
  });

  it('takes an empty variable for an unset one', () => {
    expect(resolve({}, { DATABASE_URL: '', PGHOST: ' ' }).connection.kind).toBe('embedded');
  });

  it.each<[string, DatabaseOptions]>([
    ['by default', {}],
    ['by an option', { embedded: { dataDir: 'data' } }],
  ])('is never the embedded engine in production, neither %s', (_, options) => {
    const start = () => resolve(options, { NODE_ENV: 'production' });
    expect(start).toThrow(EmbeddedInProductionError);
    expect(start).toThrow(/DATABASE_URL/);
  });

  it('lets an option replace a part of DATABASE_URL', () => {
    const { connection } = resolve({ password: 'rotated' }, everything);
    expect(connection).toMatchObject({
      hosts: [{ name: 'url.example' }],
      password: 'rotated',
    });
  });
});

describe('application_name', () => {
  it('names the connections, unless an option does', () => {
    const url = 'postgres://localhost/db?application_name=worker';
    expect(resolve({ url }).applicationName).toBe('worker');
    expect(resolve({ url, applicationName: 'api' }).applicationName).toBe('api');
    expect(resolve({ host: 'localhost' }, { PGAPPNAME: 'cron' }).applicationName).toBe('cron');
    expect(resolve({ host: 'localhost' }).applicationName).toBe('singr');
  });
});

describe('sslmode', () => {
  it.each([
    ['disable', false],
    ['require', { rejectUnauthorized: false }],
    ['verify-full', { ca: undefined, rejectUnauthorized: true }],
  ])('%s means what it means to libpq', (mode, ssl) => {
    const { connection } = resolve({ url: `postgres://h/db?sslmode=${mode}` });
    expect(connection).toMatchObject({ ssl });
  });

  it('verify-ca checks the authority and not the host name', () => {
    const { connection } = resolve({ url: 'postgres://h/db?sslmode=verify-ca' });
    expect(connection).toMatchObject({ ssl: { rejectUnauthorized: true } });
    const { ssl } = connection as { ssl: { checkServerIdentity: Function } };
    expect(ssl.checkServerIdentity('other.example', {})).toBeUndefined();
  });

  it('require with a root certificate checks the authority', () => {
    const { connection } = resolve({ host: 'h', sslMode: 'require', sslRootCert: authority });
    expect(connection).toMatchObject({ ssl: { rejectUnauthorized: true, ca: expect.any(String) } });
  });

  it('takes the text of a certificate in place of a path, as in a variable on one line', () => {
    const PGSSLROOTCERT = authority.replaceAll('\n', '\\n');
    const { connection } = resolve({ host: 'h' }, { PGSSLMODE: 'verify-full', PGSSLROOTCERT });
    expect(connection).toMatchObject({ ssl: { rejectUnauthorized: true, ca: authority } });
  });

  it('is verify-full with the authorities that Node.js trusts: sslrootcert=system', () => {
    const { connection } = resolve({ url: 'postgres://h/db?sslrootcert=system' });
    expect(connection).toMatchObject({ ssl: { rejectUnauthorized: true, ca: undefined } });
    const weaker = 'postgres://h/db?sslrootcert=system&sslmode=require';
    expect(messageOf(() => resolve({ url: weaker }))).toMatch(/"system" takes.*verify-full/);
  });

  it('names what cannot be used as a certificate, and shows none of it', () => {
    for (const sslKey of ['hunter2', '-----BEGIN PRIVATE KEY-----\nhunter2\n-----END-----']) {
      const message = messageOf(() => resolve({ host: 'h', sslMode: 'require', sslKey }));
      expect(message).toMatch(/sslkey/);
      expect(message).not.toMatch('hunter2');
    }
  });

  it('names a root certificate that cannot be read', () => {
    const url = 'postgres://h/db?sslmode=verify-full&sslrootcert=/nowhere/ca.pem';
    expect(messageOf(() => resolve({ url }))).toMatch(/\/nowhere\/ca\.pem.*PEM file/);
  });

  it('comes from PGSSLMODE with the other PG* variables', () => {
    const { connection } = resolve({}, { PGHOST: 'h', PGSSLMODE: 'require' });
    expect(connection).toMatchObject({ ssl: { rejectUnauthorized: false } });
  });
});

describe('a replica', () => {
  const url = 'postgres://app:secret@primary/db?sslmode=require&target_session_attrs=read-write';

  it('has of the primary what its URL leaves out, and not where it is', () => {
    const { replicas } = resolve({ url, replicas: ['postgres://replica:5433'] });
    expect(replicas).toMatchObject([
      {
        hosts: [{ name: 'replica', port: 5433 }],
        username: 'app',
        password: 'secret',
        database: 'db',
        ssl: { rejectUnauthorized: false },
        targetSessionAttrs: 'any',
      },
    ]);
  });

  it('may have several hosts, in a list of URLs that is separated by commas too', () => {
    const DATABASE_REPLICA_URLS =
      'postgres://a,b/db?load_balance_hosts=random, postgresql://me@c:5433,d:5434/db';
    const { replicas } = resolve({ url }, { DATABASE_REPLICA_URLS });
    expect(replicas).toMatchObject([
      { hosts: [{ name: 'a' }, { name: 'b' }], username: 'app', loadBalanceHosts: 'random' },
      {
        hosts: [
          { name: 'c', port: 5433 },
          { name: 'd', port: 5434 },
        ],
        username: 'me',
      },
    ]);
  });
});

describe('settings', () => {
  it('have defaults', () => {
    expect(resolve({ host: 'h' })).toMatchObject({
      applicationName: 'singr',
      poolSize: 10,
      connectTimeout: 10_000,
      connectAttempts: 5,
      timeouts: {
        statement: 30_000,
        lock: 10_000,
        idleInTransaction: 60_000,
        migrationLock: 2000,
      },
      migrationAttempts: 10,
      unattributedWrites: 'allow',
      migrate: false,
      slowQuery: 1000,
    });
  });

  it('allow the embedded engine more time for a query, because it loads extensions on first use', () => {
    expect(resolve({})).toMatchObject({ slowQuery: 10_000 });
    expect(resolve({ slowQuery: 20 })).toMatchObject({ slowQuery: 20 });
  });

  it('come from the environment', () => {
    const variables = {
      DATABASE_POOL_SIZE: '3',
      DATABASE_CONNECT_TIMEOUT: '100',
      DATABASE_CONNECT_ATTEMPTS: '2',
      DATABASE_STATEMENT_TIMEOUT: '0',
      DATABASE_LOCK_TIMEOUT: '1',
      DATABASE_IDLE_IN_TRANSACTION_TIMEOUT: '2',
      DATABASE_MIGRATION_LOCK_TIMEOUT: '3',
      DATABASE_MIGRATION_ATTEMPTS: '4',
      DATABASE_UNATTRIBUTED_WRITES: 'reject',
      DATABASE_MIGRATE: 'true',
      DATABASE_SLOW_QUERY: '50',
    };
    expect(resolve({ host: 'h' }, variables)).toMatchObject({
      poolSize: 3,
      connectTimeout: 100,
      connectAttempts: 2,
      timeouts: { statement: 0, lock: 1, idleInTransaction: 2, migrationLock: 3 },
      migrationAttempts: 4,
      unattributedWrites: 'reject',
      migrate: true,
      slowQuery: 50,
    });
  });

  it('in options win over the environment', () => {
    const { poolSize, timeouts } = resolve(
      { host: 'h', poolSize: 4, timeouts: { lock: 5 } },
      { DATABASE_POOL_SIZE: '3', DATABASE_LOCK_TIMEOUT: '6', DATABASE_STATEMENT_TIMEOUT: '7' },
    );
    expect({ poolSize, timeouts }).toMatchObject({
      poolSize: 4,
      timeouts: { lock: 5, statement: 7 },
    });
  });

  it.each([
    ['PGPORT', '0', 'a whole number from 1 to 65535'],
    ['PGPORT', 'abc', 'a whole number from 1 to 65535'],
    ['PGSSLMODE', 'maybe', 'one of disable, require, verify-ca, verify-full'],
    ['DATABASE_POOL_SIZE', '0', 'a whole number from 1 to 1000'],
    ['DATABASE_POOL_SIZE', '1.5', 'a whole number'],
    ['DATABASE_CONNECT_TIMEOUT', '10s', 'milliseconds'],
    ['DATABASE_CONNECT_ATTEMPTS', '-1', 'a whole number from 1 to 100'],
    ['DATABASE_STATEMENT_TIMEOUT', '-5', 'milliseconds'],
    ['DATABASE_LOCK_TIMEOUT', 'x', 'milliseconds'],
    ['DATABASE_IDLE_IN_TRANSACTION_TIMEOUT', '1e3', 'milliseconds'],
    ['DATABASE_MIGRATE', 'yes', 'true or false'],
    ['DATABASE_UNATTRIBUTED_WRITES', 'deny', 'one of allow, reject'],
    ['DATABASE_SLOW_QUERY', 'never', 'milliseconds'],
  ])('%s=%s is refused by name, with what it takes', (name, value, takes) => {
    const message = messageOf(() => resolve({}, { [name]: value }));
    expect(message).toContain(name);
    expect(message).toContain(takes);
  });

  it('that are wrong are reported together', () => {
    const message = messageOf(() => resolve({}, { PGPORT: 'x', DATABASE_MIGRATE: 'x' }));
    expect(message).toMatch(/PGPORT[\s\S]*DATABASE_MIGRATE/);
  });

  it('never appear in a message: a value may be a password in the wrong place', () => {
    expect(messageOf(() => resolve({}, { PGPORT: 'hunter2' }))).not.toContain('hunter2');
    expect(messageOf(() => resolve({}, { PGSSLMODE: 'hunter2' }))).not.toContain('hunter2');
  });

  it.each<[string, DatabaseOptions]>([
    ['poolSize', { host: 'h', poolSize: 0 }],
    ['connectTimeout', { connectTimeout: -1 }],
    ['connectAttempts', { connectAttempts: 0 }],
    ['timeouts.statement', { timeouts: { statement: 0.5 } }],
    ['slowQuery', { slowQuery: NaN }],
    ['sslMode', { host: 'h', sslMode: 'prefer' as 'require' }],
    ['targetSessionAttrs', { host: 'h', targetSessionAttrs: 'writable' as 'any' }],
    ['loadBalanceHosts', { host: 'h', loadBalanceHosts: 'yes' as 'random' }],
  ])('the option %s is checked as the variables are', (name, options) => {
    expect(messageOf(() => resolve(options))).toContain(`"${name}"`);
  });
});
