import { Logger } from '@nestjs/common';
import { InvalidConfigurationError, resolveDatabaseConfig } from '@singr/database';
import { RecordingLogger } from '../../support/recording-logger.js';

/** The server that an application connects to with this URL, and nothing else configured. */
function serverAt(url: string) {
  return resolveDatabaseConfig({ url }, {}).connection;
}

function refusalOf(url: string): string {
  try {
    resolveDatabaseConfig({}, { DATABASE_URL: url });
  } catch (error) {
    expect(error).toBeInstanceOf(InvalidConfigurationError);
    return (error as Error).message;
  }
  throw new Error('it was accepted');
}

describe('a URL as a host hands it out', () => {
  it.each([
    [
      'Neon',
      'postgresql://alex:AbC123dEf@ep-cool-darkness-123456-pooler.us-east-2.aws.neon.tech/neondb?sslmode=require&channel_binding=require',
      {
        hosts: [{ name: 'ep-cool-darkness-123456-pooler.us-east-2.aws.neon.tech', port: 5432 }],
        channelBinding: 'require',
        ssl: { rejectUnauthorized: false },
      },
    ],
    [
      'Neon, for clients that do not name the host in TLS',
      'postgresql://alex:pw@ep-x.neon.tech/neondb?sslmode=require&options=endpoint%3Dep-x',
      { serverOptions: 'endpoint=ep-x' },
    ],
    [
      'Supabase, its pooler',
      'postgresql://postgres.abcdefgh:pw@aws-0-eu-central-1.pooler.supabase.com:6543/postgres?pgbouncer=true&connection_limit=1',
      {
        hosts: [{ name: 'aws-0-eu-central-1.pooler.supabase.com', port: 6543 }],
        username: 'postgres.abcdefgh',
      },
    ],
    [
      'Vercel with Supabase',
      'postgres://postgres.abc:pw@h:6543/postgres?sslmode=require&supa=base-pooler.x',
      { database: 'postgres' },
    ],
    ['Heroku', 'postgres://u7:p9@ec2-1-2-3-4.compute-1.amazonaws.com:5432/d8', { database: 'd8' }],
    [
      'RDS, with its authorities',
      'postgres://app:pw@db.abc.eu-west-1.rds.amazonaws.com:5432/app?sslmode=verify-full',
      { ssl: { rejectUnauthorized: true } },
    ],
    [
      'Cloud SQL, by its socket and no host',
      'postgres://app:pw@/app?host=/cloudsql/project:europe-west1:db',
      { hosts: [{ name: '/cloudsql/project:europe-west1:db', port: 5432 }], password: 'pw' },
    ],
    [
      'Cloud SQL, by its socket in place of the host',
      'postgres://app:pw@%2Fcloudsql%2Fproject%3Aeurope-west1%3Adb/app',
      { hosts: [{ name: '/cloudsql/project:europe-west1:db', port: 5432 }] },
    ],
    [
      'Azure',
      'postgres://app%40server:pw@server.postgres.database.azure.com:5432/app?sslmode=require&ssl=true',
      { username: 'app@server', ssl: { rejectUnauthorized: false } },
    ],
    ['Prisma', 'postgresql://u:pw@h/db?schema=public&connection_limit=5', { database: 'db' }],
    [
      'node-postgres',
      'postgres://u:pw@h/db?uselibpqcompat=true&sslmode=require',
      { username: 'u' },
    ],
    [
      'libpq',
      'postgres://u@h/db?connect_timeout=3&keepalives=1&keepalives_idle=30&keepalives_count=3&tcp_user_timeout=5000&gssencmode=prefer',
      { connectTimeout: 3000, keepAlive: true, keepAliveDelay: 30_000 },
    ],
  ])('is understood: %s', (_, url, server) => {
    expect(serverAt(url)).toMatchObject(server);
  });

  it('has an option of the same meaning overridden by the option', () => {
    const config = resolveDatabaseConfig(
      { url: 'postgres://h/db?connect_timeout=3', connectTimeout: 500 },
      {},
    );
    expect(config).toMatchObject({ connectTimeout: 500, connection: { connectTimeout: 500 } });
  });
});

describe('a URL with several hosts', () => {
  it('has them in their order, each with its port', () => {
    expect(
      serverAt('postgres://u:p@a,b:5433,[::1]:5434/db?target_session_attrs=read-write'),
    ).toMatchObject({
      hosts: [
        { name: 'a', port: 5432 },
        { name: 'b', port: 5433 },
        { name: '::1', port: 5434 },
      ],
      targetSessionAttrs: 'read-write',
      loadBalanceHosts: 'disable',
    });
  });

  it('may have one port for all, and addresses, so that no name is looked up', () => {
    const url =
      'postgres://a,b/db?port=5433&hostaddr=192.0.2.1,192.0.2.2&load_balance_hosts=random';
    expect(serverAt(url)).toMatchObject({
      hosts: [
        { name: 'a', port: 5433, address: '192.0.2.1' },
        { name: 'b', port: 5433, address: '192.0.2.2' },
      ],
      loadBalanceHosts: 'random',
    });
  });

  it.each(['postgres://a,b,c/db?port=1,2', 'postgres://a,b/db?hostaddr=192.0.2.1'])(
    'is refused when ports or addresses are missing: %s',
    (url) => expect(refusalOf(url)).toMatch(/give each a port.*hostaddr/),
  );
});

describe('a parameter that changes nothing', () => {
  const logger = new RecordingLogger();
  beforeAll(() => Logger.overrideLogger(logger));
  afterAll(() => Logger.overrideLogger(false));

  it('is logged by its name at debug, without its value', () => {
    serverAt('postgres://u:p@h/db?pgbouncer=true&tcp_user_timeout=5000');
    expect(logger.messages('debug')).toEqual([
      'the option "url": pgbouncer, tcp_user_timeout changes nothing here.',
    ]);
  });
});

describe('a parameter that cannot be honoured', () => {
  it.each([
    ['sslmode=prefer', 'disable, require, verify-ca, verify-full'],
    ['gssencmode=require', 'use sslmode'],
    ['sslaccept=strict', 'sslmode=verify-full'],
    ['require_auth=scram-sha-256', 'channel_binding=require'],
    ['schema=app', 'DATABASE_SCHEMA'],
    ['client_encoding=latin1', 'UTF-8'],
    ['statement_timeout=5s', 'DATABASE_STATEMENT_TIMEOUT'],
    ['pool_size=5', 'DATABASE_POOL_SIZE'],
    ['connect_timeout=soon', 'whole number of seconds'],
    ['target_session_attrs=writable', 'read-write'],
    ['channel_binding=require', 'add sslmode=require'],
    ['sslmod=require', 'did you mean "sslmode"'],
    ['toString=1', 'It takes host,'],
  ])('is refused, with what to do: %s', (parameter, remedy) => {
    expect(refusalOf(`postgres://u:secret@h/db?${parameter}`)).toMatch(remedy);
  });
});

describe('a password in a URL', () => {
  it('takes a "#", a "?" and a ":" as they are, as libpq does, and all else percent-encoded', () => {
    expect(serverAt('postgres://u:a#b?c:d%40%2F%25@h/db')).toMatchObject({
      hosts: [{ name: 'h' }],
      password: 'a#b?c:d@/%',
    });
  });

  it('keeps the brackets that it begins and ends with, unlike an IPv6 address', () => {
    for (const written of ['[tiger]', '%5Btiger%5D']) {
      expect(serverAt(`postgres://u:${written}@[::1]/db`)).toMatchObject({
        hosts: [{ name: '::1' }],
        password: '[tiger]',
      });
    }
  });

  it.each([
    'tiger/2lion',
    'tiger@2lion',
    '12/tiger2lion',
    'tiger2/lion#x',
    'a@tiger/2lion',
    'a@tiger?2lion',
    'tiger/2lion?x',
    'tiger/2lion?x=1',
    '5/a?tiger=2lion',
    'tiger%2lion',
    'tiger%zzlion',
  ])(
    'with a special character ends in a message that says so, and shows no part of it: %s',
    (password) => {
      const message = refusalOf(`postgres://user:${password}@host.example/db?sslmode=require`);
      expect(message).not.toMatch(/tiger|lion/);
      expect(message).toMatch('percent-encod');
    },
  );
});

describe('what is no connection URL', () => {
  it.each([
    'mysql://u:secret@h/db',
    'secret',
    'postgres://u:secret@my host/db',
    'host=h password=secret',
  ])('is refused, and not shown: %s', (url) => {
    expect(refusalOf(url)).toMatch('DATABASE_URL is not a PostgreSQL URL');
    expect(refusalOf(url)).not.toMatch('secret');
  });

  it.each(['postgres://h:70000/db', 'postgres://h/db?port=0', 'postgres://h:secret/db'])(
    'a port out of range is refused: %s',
    (url) => {
      expect(refusalOf(url)).toMatch('1 to 65535');
      expect(refusalOf(url)).not.toMatch('secret');
    },
  );
});
