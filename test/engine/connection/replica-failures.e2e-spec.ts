import type { DatabaseDataSource, DatabaseOptions } from '@singr/database';
import { Logger } from '@nestjs/common';
import { areClustersPossible, Cluster } from '../../support/cluster.js';
import { dataSourceFor } from '../../support/data-source.js';
import { isEmbedded } from '../../support/database.js';
import { freePort } from '../../support/free-port.js';
import { RecordingLogger } from '../../support/recording-logger.js';
import { SilentNetwork } from '../../support/silent-network.js';

const suite = areClustersPossible && !isEmbedded ? describe : describe.skip;

suite('a replica that fails', () => {
  let primary: Cluster;
  let standby: Cluster;
  const logger = new RecordingLogger();
  const opened: DatabaseDataSource[] = [];

  const open = async (
    replicas: string[],
    options: DatabaseOptions = {},
  ): Promise<DatabaseDataSource> => {
    const dataSource = dataSourceFor({
      url: primary.url,
      replicas,
      connectAttempts: 1,
      poolSize: 3,
      timeouts: { answer: 300 },
      ...options,
    });
    opened.push(await dataSource.initialize());
    return dataSource;
  };

  const portOf = async (dataSource: DatabaseDataSource): Promise<number> => {
    const row = await dataSource
      .createQueryBuilder()
      .select('inet_server_port()', 'port')
      .from('read', 'read')
      .getRawOne<{ port: number }>();
    return row!.port;
  };

  const until = async (dataSource: DatabaseDataSource, port: number): Promise<void> => {
    while ((await portOf(dataSource)) !== port) await pause(50);
  };

  /** Reads on several connections until `isEnough`, and returns how often which server answered. */
  const readUntil = async (dataSource: DatabaseDataSource, isEnough: () => boolean) => {
    const counts = new Map<number, number>();
    const reader = async () => {
      while (!isEnough()) {
        const port = await portOf(dataSource);
        counts.set(port, (counts.get(port) ?? 0) + 1);
        await pause(5);
      }
    };
    await Promise.all(Array.from({ length: 6 }, reader));
    return counts;
  };

  beforeAll(async () => {
    Logger.overrideLogger(logger);
    primary = await Cluster.start();
    primary.run('CREATE TABLE read AS SELECT 1 AS id');
    standby = await Cluster.start({
      standbyOf: primary,
      settings: { max_standby_streaming_delay: 0 },
    });
  }, 60_000);

  afterEach(async () => {
    standby.thaw();
    for (const dataSource of opened.splice(0)) await dataSource.destroy();
    logger.clear();
  });

  afterAll(async () => {
    Logger.overrideLogger(false);
    for (const cluster of [standby, primary]) await cluster?.remove();
  });

  it('at start is warned of by its address, and the primary serves its reads', async () => {
    const port = await freePort();
    const dataSource = await open([`postgres://postgres@127.0.0.1:${port}/postgres`]);
    expect(await portOf(dataSource)).toBe(primary.port);
    const warnings = logger.messages('warn');
    expect(warnings).toEqual([
      expect.stringMatching(`The replica 127.0.0.1:${port} does not answer .*ECONNREFUSED`),
    ]);
  });

  it('at start by its login is warned of too', async () => {
    const dataSource = await open([`${standby.url.replace(/postgres$/, 'missing')}`]);
    expect(await portOf(dataSource)).toBe(primary.port);
    expect(logger.messages('warn')).toEqual([
      expect.stringContaining('database "missing" does not exist'),
    ]);
  });

  it('leaves the reads to the others', async () => {
    const port = await freePort();
    const dataSource = await open([`postgres://postgres@127.0.0.1:${port}/postgres`, standby.url]);
    for (let i = 0; i < 10; i++) expect(await portOf(dataSource)).toBe(standby.port);
  });

  it('by stopping fails no read, and serves reads again once it is back', async () => {
    const dataSource = await open([standby.url]);
    expect(await portOf(dataSource)).toBe(standby.port);
    let isEnough = false;
    const reading = readUntil(dataSource, () => isEnough);
    await pause(100);
    standby.halt();
    await until(dataSource, primary.port);
    standby.resume();
    await until(dataSource, standby.port);
    isEnough = true;
    expect([...(await reading).keys()].sort()).toEqual([primary.port, standby.port].sort());
    expect(logger.messages('log')).toContainEqual(expect.stringContaining('answers again'));
  });

  it('by freezing fails no read, nor one that streams', async () => {
    const dataSource = await open([standby.url]);
    expect(await portOf(dataSource)).toBe(standby.port);
    standby.freeze();
    const reads = [1, 2, 3, 4, 5, 6].map(() => portOf(dataSource));
    expect(new Set(await Promise.all(reads))).toEqual(new Set([primary.port]));
    const stream = await dataSource
      .createQueryBuilder()
      .select('read.id', 'id')
      .from('read', 'read')
      .stream();
    const rows: unknown[] = [];
    for await (const row of stream) rows.push(row);
    expect(rows).toEqual([{ id: 1 }]);
    standby.thaw();
    await until(dataSource, standby.port);
  });

  it('behind a network that loses packets fails no read', async () => {
    const network = await SilentNetwork.start(standby.url);
    const dataSource = await open([network.urlOf(standby.url)]);
    expect(await portOf(dataSource)).toBe(standby.port);
    network.loseAll('to the server', 'to the client');
    expect(await portOf(dataSource)).toBe(primary.port);
    network.mend();
    await until(dataSource, standby.port);
    await network.stop();
  });

  it('by a conflict with what it replays (40001) leaves the read to the primary', async () => {
    const dataSource = await open([standby.url]);
    primary.run('CREATE TABLE vacuumed AS SELECT generate_series(1, 1000) AS id');
    const isReplayed = () => standby.run(`SELECT to_regclass('vacuumed')`) === 'vacuumed';
    while (!isReplayed()) await pause(20);
    const reading = dataSource
      .createQueryBuilder()
      .select('count(*)::int', 'count')
      .addSelect('(SELECT inet_server_port() FROM pg_sleep(1))', 'port')
      .from('vacuumed', 'vacuumed')
      .getRawOne();
    await pause(200);
    primary.run('DELETE FROM vacuumed');
    primary.run('VACUUM vacuumed');
    await expect(reading).resolves.toMatchObject({ port: primary.port });
    expect(await portOf(dataSource)).toBe(standby.port);
  });

  it('by ending one session leaves its read to the primary', async () => {
    const dataSource = await open([standby.url]);
    const reading = dataSource
      .createQueryBuilder()
      .select('inet_server_port()', 'port')
      .from('(SELECT pg_sleep(1))', 'slept')
      .getRawOne();
    await pause(200);
    standby.run(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE '%slept%' AND pid <> pg_backend_pid()`,
    );
    await expect(reading).resolves.toEqual({ port: primary.port });
  });

  it('keeps the errors of the statement itself', async () => {
    const dataSource = await open([standby.url]);
    await expect(
      dataSource.createQueryBuilder().select('1 / 0', 'none').from('read', 'read').getRawOne(),
    ).rejects.toMatchObject({ code: '22012' });
  });

  it('does not take part in transactions, which are on the primary', async () => {
    const dataSource = await open([standby.url]);
    const queryRunner = dataSource.createQueryRunner('slave');
    const port = async () =>
      (await queryRunner.query<{ port: number }[]>('SELECT inet_server_port() AS port'))[0]!.port;
    expect(await port()).toBe(standby.port);
    await queryRunner.startTransaction();
    expect(await port()).toBe(primary.port);
    await queryRunner.query('UPDATE read SET id = id');
    await queryRunner.commitTransaction();
    expect(queryRunner.isTransactionActive).toBe(false);
    await queryRunner.release();
  });
});

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
