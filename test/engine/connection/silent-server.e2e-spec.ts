import type { DatabaseDataSource, DatabaseOptions } from '@singr/database';
import { areClustersPossible, Cluster } from '../../support/cluster.js';
import { dataSourceFor } from '../../support/data-source.js';
import { isEmbedded } from '../../support/database.js';
import { SilentNetwork, type Direction } from '../../support/silent-network.js';

const suite = areClustersPossible && !isEmbedded ? describe : describe.skip;

const lost = { code: 'CONNECTION_LOST' };
const bothWays: Direction[] = ['to the server', 'to the client'];

suite('a server that falls silent', () => {
  let cluster: Cluster;
  let network: SilentNetwork;
  let dataSource: DatabaseDataSource;
  const opened: DatabaseDataSource[] = [];

  const open = async (options: DatabaseOptions = {}): Promise<DatabaseDataSource> => {
    const url = network.urlOf(cluster.url);
    const timeouts = { answer: 300, ...options.timeouts };
    const database = dataSourceFor({ connectAttempts: 1, poolSize: 3, ...options, url, timeouts });
    opened.push(await database.initialize());
    return database;
  };

  beforeAll(async () => {
    cluster = await Cluster.start();
    cluster.run('CREATE TABLE written (id int PRIMARY KEY)');
  }, 60_000);

  beforeEach(async () => {
    network = await SilentNetwork.start(cluster.url);
    dataSource = await open();
  });

  afterEach(async () => {
    cluster.thaw();
    for (const database of opened.splice(0)) await database.destroy();
    await network.stop();
  });

  afterAll(() => cluster.remove());

  /** Opens every connection of the pool. */
  const fillPool = () =>
    Promise.all([1, 2, 3].map(() => dataSource.query('SELECT pg_sleep(0.05)')));

  it.each<[string, Direction[]]>([
    ['in both directions', bothWays],
    ['on the way to the server', ['to the server']],
    ['on the way back', ['to the client']],
  ])('loses its connections, and is there again with the network: %s', async (_, directions) => {
    await fillPool();
    network.loseAll(...directions);
    const running = [1, 2, 3].map((n) => dataSource.query('SELECT $1::int', [n]));
    for (const query of running) await expect(query).rejects.toMatchObject(lost);
    network.mend();
    await expect(dataSource.query('SELECT 1 AS one')).resolves.toEqual([{ one: 1 }]);
  });

  it.each<[string, Direction[]]>([
    ['to the server', ['to the server']],
    ['to the client', ['to the client']],
  ])(
    'loses connections that a firewall has forgotten, while new ones work: %s',
    async (_, directions) => {
      await fillPool();
      network.lose(...directions);
      await expect(dataSource.query('SELECT 1')).rejects.toMatchObject(lost);
      await expect(
        dataSource.transaction((manager) => manager.query('INSERT INTO written VALUES (1)')),
      ).rejects.toMatchObject(lost);
    },
  );

  it('keeps a statement that the server works on, however long it takes', async () => {
    const slept = dataSource.query('SELECT pg_sleep(2) IS NOT NULL AS slept');
    await expect(slept).resolves.toEqual([{ slept: true }]);
  });

  it('keeps a statement that waits for a lock', async () => {
    const holder = dataSource.createQueryRunner();
    await holder.startTransaction();
    await holder.query('LOCK TABLE written');
    const waiting = dataSource.query('SELECT count(*)::int AS count FROM written');
    await new Promise((resolve) => setTimeout(resolve, 1000));
    await holder.rollbackTransaction();
    await holder.release();
    await expect(waiting).resolves.toEqual([{ count: expect.any(Number) }]);
  });

  it('keeps a stream that nobody reads for a while', async () => {
    const queryRunner = dataSource.createQueryRunner();
    const stream = await queryRunner.stream('SELECT generate_series(1, 5000) AS n');
    await new Promise((resolve) => setTimeout(resolve, 1000));
    let count = 0;
    for await (const row of stream) count += Number(row !== undefined);
    expect(count).toBe(5000);
    await queryRunner.release();
  });

  it('ends a stream whose rows do not come', async () => {
    const queryRunner = dataSource.createQueryRunner();
    const stream = await queryRunner.stream('SELECT generate_series(1, 5000) AS n');
    network.loseAll(...bothWays);
    const read = async () => {
      for await (const row of stream) void row;
    };
    await expect(read()).rejects.toThrow('did not answer');
    await queryRunner.release();
  });

  it('leaves the outcome of a COMMIT unknown, which the server can tell', async () => {
    const writing = dataSource.transaction(async (manager) => {
      await manager.query('INSERT INTO written VALUES (2)');
      network.loseAll('to the client');
    });
    const failure = await writing.catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: 'COMMIT_UNKNOWN', transactionId: expect.any(String) });
    network.mend();
    const { transactionId } = failure as { transactionId: string };
    await expect(dataSource.transactionOutcome(transactionId)).resolves.toBe('committed');
  });

  it('lets those begin again who were connecting when the network failed', async () => {
    network.loseAll(...bothWays);
    // With the connection of the start, the pool would not connect.
    const [used, ...connecting] = [1, 2, 3].map((n) =>
      dataSource.query('SELECT $1::int AS n', [n]),
    );
    const failure = used!.catch((error: unknown) => error);
    await new Promise((resolve) => setTimeout(resolve, 100));
    network.mend();
    await expect(Promise.all(connecting)).resolves.toEqual([[{ n: 2 }], [{ n: 3 }]]);
    await expect(failure).resolves.toMatchObject(lost);
  });

  it('is given up while it is frozen, and serves again afterwards', async () => {
    await fillPool();
    cluster.freeze();
    const running = [1, 2, 3].map((n) => dataSource.query('SELECT $1::int', [n]));
    for (const query of running) await expect(query).rejects.toMatchObject(lost);
    cluster.thaw();
    await expect(dataSource.query('SELECT 1 AS one')).resolves.toEqual([{ one: 1 }]);
  });

  it('loses all connections at once when another server has its address', async () => {
    const successor = await Cluster.start();
    try {
      await fillPool();
      network.lose(...bothWays);
      network.target = successor.port;
      await expect(dataSource.query('SELECT 1')).rejects.toMatchObject(lost);
      await expect(
        Promise.all([1, 2, 3].map(() => dataSource.query('SELECT inet_server_port() AS port'))),
      ).resolves.toEqual(Array(3).fill([{ port: successor.port }]));
    } finally {
      await successor.remove();
    }
  });

  it('loses a connection whose own process hangs beyond the time-out of the statement', async () => {
    const hanging = await open({ timeouts: { statement: 300 } });
    const running = hanging.transaction(async (manager) => {
      const [session] = await manager.query<{ pid: number }[]>('SELECT pg_backend_pid() AS pid');
      process.kill(session!.pid, 'SIGSTOP');
      await manager.query('SELECT 1').finally(() => process.kill(session!.pid, 'SIGCONT'));
    });
    await expect(running).rejects.toMatchObject(lost);
    await expect(hanging.query('SELECT 1 AS one')).resolves.toEqual([{ one: 1 }]);
  });
});
