import { AuditRetention, DatabaseHealthIndicator, type DatabaseDataSource } from '@singr/database';
import { areClustersPossible, Cluster } from '../../support/cluster.js';
import { dataSourceFor } from '../../support/data-source.js';
import { isEmbedded } from '../../support/database.js';

const suite = areClustersPossible && !isEmbedded ? describe : describe.skip;

suite('the health of a database with replicas', () => {
  let primary: Cluster;
  let standby: Cluster;
  let dataSource: DatabaseDataSource;

  beforeAll(async () => {
    primary = await Cluster.start();
    primary.run('CREATE TABLE written (id int)');
    // The migrations are another suite's subject.
    primary.run('CREATE TABLE migrations (name text)');
    standby = await Cluster.start({ standbyOf: primary });
    dataSource = dataSourceFor({
      url: primary.url,
      replicas: [standby.url, standby.url],
      connectAttempts: 1,
    });
    await dataSource.initialize();
    Object.assign(dataSource, {
      migrations: [],
      packaged: { ...dataSource.packaged, extensions: [] },
    });
  }, 60_000);

  afterEach(() => {
    standby.thaw();
    primary.thaw();
  });

  afterAll(async () => {
    await dataSource?.destroy();
    for (const cluster of [standby, primary]) await cluster?.remove();
  });

  const health = async () => {
    // Partitions need no audited tables.
    const retention = new AuditRetention(dataSource, undefined as never);
    return (await new DatabaseHealthIndicator(dataSource, retention).check()).database;
  };

  it('has the state and the lag of each', async () => {
    const upToDate = { status: 'up', lagBytes: 0, lagMs: 0 };
    let found = await health();
    while (found.replicas?.some(({ lagBytes }) => lagBytes !== 0)) found = await health();
    expect(found).toMatchObject({ status: 'up', replicas: [upToDate, upToDate] });
  });

  it('says how far a replica is behind', async () => {
    standby.run('SELECT pg_wal_replay_pause()');
    primary.run('INSERT INTO written SELECT generate_series(1, 1000)');
    const { status, replicas } = await health();
    expect(status).toBe('up');
    expect(replicas![0]).toEqual({
      status: 'up',
      lagBytes: expect.any(Number),
      lagMs: expect.any(Number),
    });
    expect(replicas![0]!.lagBytes).toBeGreaterThan(10_000);
    standby.run('SELECT pg_wal_replay_resume()');
  });

  it('is degraded while a replica is frozen', async () => {
    standby.freeze();
    expect(await health()).toMatchObject({
      status: 'degraded',
      replicas: [{ status: 'down' }, { status: 'down' }],
      message: '2 of 2 replicas do not answer',
    });
  });

  it('is down while the primary is frozen, and answers', async () => {
    primary.freeze();
    expect(await health()).toMatchObject({
      status: 'down',
      message: 'the database does not answer (NoAnswerInTimeError)',
    });
  });
});
