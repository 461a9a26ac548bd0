import { once } from 'node:events';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import type { DatabaseDataSource, DatabaseOptions } from '@singr/database';
import { areClustersPossible, Cluster } from '../../support/cluster.js';
import { dataSourceFor } from '../../support/data-source.js';
import { isEmbedded } from '../../support/database.js';
import { freePort } from '../../support/free-port.js';

const suite = areClustersPossible && !isEmbedded ? describe : describe.skip;

const opened: DatabaseDataSource[] = [];
const clusters: Cluster[] = [];

async function start(...options: Parameters<typeof Cluster.start>): Promise<Cluster> {
  const cluster = await Cluster.start(...options);
  clusters.push(cluster);
  return cluster;
}

async function connect(url: string, options: DatabaseOptions = {}): Promise<DatabaseDataSource> {
  const dataSource = dataSourceFor({ connectAttempts: 1, poolSize: 2, ...options, url });
  opened.push(await dataSource.initialize());
  return dataSource;
}

/** A URL of these ports of this machine. */
function urlOf(ports: readonly number[], parameters = ''): string {
  const hosts = ports.map((port) => `127.0.0.1:${port}`);
  return `postgres://postgres@${hosts.join(',')}/postgres?${parameters}`;
}

async function portOf(dataSource: DatabaseDataSource, mode?: 'slave'): Promise<number> {
  const queryRunner = dataSource.createQueryRunner(mode);
  try {
    const [row] = await queryRunner.query<{ port: number }[]>('SELECT inet_server_port() AS port');
    return row!.port;
  } finally {
    await queryRunner.release();
  }
}

/** The error that a connection ends with. */
const failureOf = (url: string, options?: DatabaseOptions): Promise<Error> =>
  connect(url, options).then(
    () => Promise.reject(new Error('it connected')),
    (error: Error) => error,
  );

suite('a URL with several hosts', () => {
  let a: Cluster;
  let b: Cluster;

  beforeAll(async () => {
    [a, b] = await Promise.all([
      start({ access: ['host all postgres all trust', 'host all all all scram-sha-256'] }),
      start(),
    ]);
  }, 60_000);

  afterAll(async () => {
    for (const dataSource of opened.splice(0)) await dataSource.destroy();
    for (const cluster of clusters.splice(0)) await cluster.remove();
  });

  it('connects to the first that answers', async () => {
    expect(await portOf(await connect(urlOf([a.port, b.port])))).toBe(a.port);
    expect(await portOf(await connect(urlOf([await freePort(), b.port])))).toBe(b.port);
  });

  it('spreads connections over them where that is asked for', async () => {
    const ports = new Set<number>();
    for (let i = 0; i < 20; i++) {
      const dataSource = dataSourceFor({
        url: urlOf([a.port, b.port], 'load_balance_hosts=random'),
      });
      await dataSource.initialize();
      ports.add(await portOf(dataSource));
      await dataSource.destroy();
    }
    expect(ports).toEqual(new Set([a.port, b.port]));
  });

  it('waits for each no longer than the time-out', async () => {
    const silent = createServer();
    const sockets: Socket[] = [];
    silent.on('connection', (socket) => sockets.push(socket));
    const port = await listening(silent);
    const dataSource = await connect(urlOf([port, b.port]), { connectTimeout: 300 });
    expect(await portOf(dataSource)).toBe(b.port);
    expect(sockets.length).toBeGreaterThan(0);
    for (const socket of sockets) socket.destroy();
    silent.close();
  });

  it('takes an address in place of the look-up of a name', async () => {
    const url = `postgres://postgres@nowhere.invalid:${a.port}/postgres?hostaddr=127.0.0.1`;
    expect(await portOf(await connect(url))).toBe(a.port);
  });

  it('asks no other host once one has refused the login', async () => {
    const error = await failureOf(urlOf([a.port, b.port]).replace('postgres@', 'nobody:wrong@'));
    expect(error).toMatchObject({ code: 'DATABASE_ACCESS_DENIED' });
  });

  it('names all of them when none answers', async () => {
    const [one, other] = [await freePort(), await freePort()];
    const error = await failureOf(urlOf([one, other]));
    expect(error).toMatchObject({ code: 'DATABASE_UNREACHABLE' });
    expect(error.message).toMatch(`127.0.0.1:${one}, 127.0.0.1:${other} (1 attempts`);
    expect(error.message).toMatch(new RegExp(`ECONNREFUSED.*${one}.*ECONNREFUSED.*${other}`));
  });

  it('leaves no connection behind on a host that it passed over', async () => {
    const url = urlOf([a.port, b.port], 'target_session_attrs=standby');
    const error = await failureOf(url);
    expect(error.message).toMatch(`127.0.0.1:${b.port} is the primary, and not standby`);
    const connections = () =>
      [a, b].map((cluster) =>
        cluster.run(`SELECT count(*) FROM pg_stat_activity WHERE application_name = 'singr'
                       AND pid NOT IN (SELECT pid FROM pg_stat_activity WHERE state = 'active')
                       AND query LIKE '%pg_is_in_recovery%'`),
      );
    while (connections().some((count) => count !== '0')) await pause(20);
  });
});

suite('a primary and its standby', () => {
  let primary: Cluster;
  let standby: Cluster;

  beforeAll(async () => {
    primary = await start({
      settings: { synchronous_standby_names: '*', synchronous_commit: 'remote_apply' },
    });
    standby = await start({ standbyOf: primary });
  }, 60_000);

  afterAll(async () => {
    for (const dataSource of opened.splice(0)) await dataSource.destroy();
    for (const cluster of clusters.splice(0)) await cluster.remove();
  });

  it.each([
    ['any', () => standby],
    ['read-write', () => primary],
    ['primary', () => primary],
    ['read-only', () => standby],
    ['standby', () => standby],
    ['prefer-standby', () => standby],
  ] as const)('target_session_attrs=%s finds the one that is meant', async (attributes, meant) => {
    for (const ports of [
      [standby.port, primary.port],
      [primary.port, standby.port],
    ]) {
      const url = urlOf(ports, `target_session_attrs=${attributes}`);
      const port = await portOf(await connect(url));
      expect(port).toBe(attributes === 'any' ? ports[0] : meant().port);
    }
  });

  it('prefer-standby takes the primary where there is no standby', async () => {
    const url = urlOf([await freePort(), primary.port], 'target_session_attrs=prefer-standby');
    expect(await portOf(await connect(url))).toBe(primary.port);
  });

  it('a replica’s URL has several hosts too', async () => {
    const hosts = [primary.port, standby.port];
    const dataSource = await connect(urlOf(hosts, 'target_session_attrs=read-write'), {
      replicas: [urlOf(hosts, 'target_session_attrs=prefer-standby')],
    });
    expect(await portOf(dataSource)).toBe(primary.port);
    expect(await portOf(dataSource, 'slave')).toBe(standby.port);
  });

  it('writes move to the standby once it is promoted, and none that was acknowledged is lost', async () => {
    const dataSource = await connect(
      urlOf([primary.port, standby.port], 'target_session_attrs=read-write'),
      { poolSize: 4 },
    );
    await dataSource.query('CREATE TABLE written (id int PRIMARY KEY, port int NOT NULL)');
    const acknowledged: number[] = [];
    const attempt = async (id: number) => {
      await dataSource.query('INSERT INTO written VALUES ($1, inet_server_port())', [id]);
      acknowledged.push(id);
    };
    let id = 0;
    const writeUntil = async (isEnough: () => boolean) => {
      while (!isEnough()) {
        // A write fails while there is no primary.
        await Promise.allSettled([attempt(++id), attempt(++id), attempt(++id), attempt(++id)]);
        await pause(10);
      }
    };
    await writeUntil(() => acknowledged.length >= 40);
    primary.halt();
    await attempt(++id).catch(() => undefined);
    standby.promote();
    standby.run(`ALTER SYSTEM SET synchronous_standby_names = ''`);
    standby.run('SELECT pg_reload_conf()');
    const before = acknowledged.length;
    await writeUntil(() => acknowledged.length >= before + 40);

    const rows = await dataSource.query<{ id: number; port: number }[]>('SELECT * FROM written');
    const ids = new Set(rows.map((row) => row.id));
    expect(acknowledged.filter((written) => !ids.has(written))).toEqual([]);
    expect(new Set(rows.map((row) => row.port))).toEqual(new Set([primary.port, standby.port]));
  }, 60_000);
});

async function listening(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
