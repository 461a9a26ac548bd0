import { execFileSync } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  DatabaseDataSource,
  dataSourceOptions,
  resolveDatabaseConfig,
  type DatabaseOptions,
  type ServerLogin,
} from '@singr/database';
import { readEnvironment } from '../../../src/engine/config/environment.js';
import { areClustersPossible, Cluster } from '../../support/cluster.js';
import { isEmbedded } from '../../support/database.js';

const suite = areClustersPossible && !isEmbedded ? describe : describe.skip;

/** Connects once, and returns a value that the session knows. */
async function ask(
  options: DatabaseOptions,
  variables: Record<string, string> = {},
  sql = 'SELECT session_user AS value',
): Promise<unknown> {
  const config = resolveDatabaseConfig(
    { connectAttempts: 1, ...options },
    readEnvironment(variables),
  );
  const dataSource = new DatabaseDataSource(dataSourceOptions(config));
  await dataSource.initialize();
  try {
    const [row] = await dataSource.query<{ value: unknown }[]>(sql);
    return row!.value;
  } finally {
    await dataSource.destroy();
  }
}

suite('a login', () => {
  let cluster: Cluster;
  let folder: string;
  let ca: string;

  const inFolder = (name: string) => join(folder, name);
  const readPem = (name: string) => readFile(inFolder(name), 'utf8');
  const openssl = (...parameters: string[]) =>
    execFileSync('openssl', parameters, { cwd: folder, stdio: 'ignore' });

  /** Makes a key, and a certificate for it that the test's authority has signed. */
  async function issue(name: string, subject: string, alternative: string): Promise<void> {
    await writeFile(inFolder('extensions'), `subjectAltName=${alternative}`);
    const request = ['-newkey', 'rsa:2048', '-nodes', '-keyout', `${name}.key`];
    openssl('req', ...request, '-subj', `/CN=${subject}`, '-out', `${name}.csr`);
    const signing = ['-CA', 'ca.crt', '-CAkey', 'ca.key', '-CAcreateserial', '-days', '2'];
    const result = ['-extfile', 'extensions', '-out', `${name}.crt`];
    openssl('x509', '-req', '-in', `${name}.csr`, ...signing, ...result);
  }

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'singr-tls-'));
    const authority = ['-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-subj', '/CN=test'];
    openssl('req', ...authority, '-keyout', 'ca.key', '-out', 'ca.crt');
    await issue('server', 'db.example', 'DNS:db.example');
    await issue('client', 'certified', 'DNS:client.example');
    ca = await readPem('ca.crt');
    cluster = await Cluster.start({
      settings: {
        ssl: 'on',
        ssl_ca_file: 'root.crt',
        ssl_cert_file: 'server.crt',
        ssl_key_file: 'server.key',
      },
      files: {
        'root.crt': ca,
        'server.crt': await readPem('server.crt'),
        'server.key': await readPem('server.key'),
      },
      access: [
        'hostssl all certified 127.0.0.1/32 cert',
        'hostssl all plain 127.0.0.1/32 password',
        'hostssl all all 127.0.0.1/32 scram-sha-256',
        'local all all scram-sha-256',
      ],
    });
    for (const role of ['app', 'plain']) cluster.run(`CREATE ROLE ${role} LOGIN PASSWORD 'first'`);
    cluster.run('CREATE ROLE certified LOGIN');
  }, 60_000);

  afterAll(async () => {
    await cluster.remove();
    await rm(folder, { recursive: true });
  });

  const urlOf = (login: string, parameters = 'sslmode=require') =>
    `postgres://${login}@127.0.0.1:${cluster.port}/postgres?${parameters}`;
  /** By a name, so that the certificate can be for it; nobody looks it up. */
  const byName = (host: string, parameters: string) =>
    `postgres://app:first@${host}:${cluster.port}/postgres?hostaddr=127.0.0.1&${parameters}`;

  it('without TLS is told that the server insists on it', async () => {
    const failure = ask({ url: urlOf('app:first', '') });
    await expect(failure).rejects.toMatchObject({ code: 'DATABASE_CONNECTION_FAILED' });
    await expect(failure).rejects.toThrow(/encrypted connections only.*sslmode/);
  });

  it('checks the certificate: its authority, as text or as a file, and its name', async () => {
    for (const sslRootCert of [ca, ca.replaceAll('\n', '\\n'), inFolder('ca.crt')]) {
      const url = byName('db.example', 'sslmode=verify-full');
      expect(await ask({ url, sslRootCert })).toBe('app');
    }
    const another = byName('other.example', 'sslmode=verify-full');
    await expect(ask({ url: another, sslRootCert: ca })).rejects.toThrow(/other\.example/);
    const unknown = byName('db.example', 'sslmode=verify-full');
    await expect(ask({ url: unknown })).rejects.toThrow(
      /self-signed|unable to verify|local issuer/,
    );
  });

  it('is by a certificate of the client, as text or as files, and with no password', async () => {
    const [sslCert, sslKey] = [await readPem('client.crt'), await readPem('client.key')];
    expect(await ask({ url: urlOf('certified'), sslCert, sslKey })).toBe('certified');
    const files = `sslmode=require&sslcert=${folder}/client.crt&sslkey=${folder}/client.key`;
    expect(await ask({ url: urlOf('certified', files) })).toBe('certified');
    const variables = { PGSSLCERT: sslCert, PGSSLKEY: sslKey };
    expect(await ask({ url: urlOf('certified') }, variables)).toBe('certified');
    await expect(ask({ url: urlOf('certified') })).rejects.toThrow(/certificate/);
  });

  it('binds the channel where it can, and insists where the URL does', async () => {
    expect(await ask({ url: urlOf('app:first') })).toBe('app');
    const insisting = 'sslmode=require&channel_binding=require';
    expect(await ask({ url: urlOf('app:first', insisting) })).toBe('app');
    for (const login of ['plain:first', 'certified']) {
      const [sslCert, sslKey] = [inFolder('client.crt'), inFolder('client.key')];
      await expect(ask({ url: urlOf(login, insisting), sslCert, sslKey })).rejects.toThrow(
        /channel_binding=require, and the server does not offer it/,
      );
    }
  });

  it('by a Unix socket needs no TLS, whatever the mode', async () => {
    const url = `postgres://app:first@/postgres?host=${cluster.socketFolder}&port=${cluster.port}&sslmode=require`;
    expect(await ask({ url })).toBe('app');
  });

  it('has the options of the URL', async () => {
    const url = urlOf('app:first', 'sslmode=require&options=-c%20work_mem%3D5MB');
    expect(await ask({ url }, {}, 'SELECT current_setting($$work_mem$$) AS value')).toBe('5MB');
  });

  it('has the password of a file or a variable, where the URL has none', async () => {
    const PGPASSFILE = inFolder('pgpass');
    await writeFile(PGPASSFILE, `127.0.0.1:${cluster.port}:*:app:first\n`, { mode: 0o600 });
    expect(await ask({ url: urlOf('app') }, { PGPASSFILE })).toBe('app');
    expect(await ask({ url: urlOf('app') }, { PGPASSWORD: 'first' })).toBe('app');
    await expect(ask({ url: urlOf('app') }, { PGPASSFILE: '/nowhere' })).rejects.toThrow(
      /asks for a password and none is set/,
    );
  });

  it('asks a function for the password, and tells it where', async () => {
    const asked: ServerLogin[] = [];
    const password = (login: ServerLogin) => {
      asked.push(login);
      return 'first';
    };
    expect(await ask({ url: urlOf('app'), password })).toBe('app');
    expect(asked).toEqual([
      { host: '127.0.0.1', port: cluster.port, username: 'app', database: 'postgres' },
    ]);
  });

  it.each([
    ['throws', () => Promise.reject(new Error('no token')), /the function failed \(no token\)/],
    ['returns nothing', () => undefined as unknown as string, /returned no text/],
  ])('ends in one message when the function %s', async (_, password, reason) => {
    const failure = ask({ url: urlOf('app'), password });
    await expect(failure).rejects.toMatchObject({ code: 'PASSWORD_UNAVAILABLE' });
    await expect(failure).rejects.toThrow(reason);
  });

  it('gives a host up that waits for the function, which is asked anew for the next', async () => {
    const answers = [new Promise<string>((resolve) => setTimeout(resolve, 400, 'first')), 'first'];
    const hosts = `127.0.0.1:${cluster.port},127.0.0.1:${cluster.port}`;
    const url = `postgres://app@${hosts}/postgres?sslmode=require`;
    const slow = 'SELECT session_user AS value FROM pg_sleep(0.5)';
    const password = () => answers.shift()!;
    expect(await ask({ url, password, connectTimeout: 300 }, {}, slow)).toBe('app');
    expect(answers).toEqual([]);
  });

  it('asks the function once more when the password may have changed meanwhile', async () => {
    const answers = ['stale', 'first'];
    expect(await ask({ url: urlOf('app'), password: () => answers.shift()! })).toBe('app');
    const wrong = ['stale', 'stale', 'first'];
    await expect(ask({ url: urlOf('app'), password: () => wrong.shift()! })).rejects.toMatchObject({
      code: 'DATABASE_ACCESS_DENIED',
    });
    expect(wrong).toEqual(['first']);
  });

  it('goes on while the password changes under load', async () => {
    let current = 'first';
    let rotation: Promise<void> = Promise.resolve();
    const rotate = async (next: string) => {
      cluster.run(`ALTER ROLE app PASSWORD '${next}'`);
      current = next;
    };
    const config = resolveDatabaseConfig(
      {
        url: urlOf('app'),
        poolSize: 4,
        password: async () => {
          await rotation;
          return current;
        },
      },
      {},
    );
    const dataSource = new DatabaseDataSource(dataSourceOptions(config));
    await dataSource.initialize();
    let isOver = false;
    let done = 0;
    const work = async () => {
      while (!isOver) {
        const queryRunner = dataSource.createQueryRunner();
        await queryRunner.query('SELECT 1');
        // The pool opens a new connection in its place.
        queryRunner.discard(new Error('renewed'));
        await queryRunner.release();
        done++;
      }
    };
    const workers = [work(), work(), work(), work()];
    for (const next of ['second', 'third', 'fourth', 'fifth']) {
      const before = done;
      rotation = rotation.then(() => rotate(next));
      while (done < before + 20) await new Promise((resolve) => setTimeout(resolve, 10));
    }
    isOver = true;
    await Promise.all(workers);
    await dataSource.destroy();
    await expect(ask({ url: urlOf('app:first') })).rejects.toMatchObject({
      code: 'DATABASE_ACCESS_DENIED',
    });
  }, 60_000);
});
