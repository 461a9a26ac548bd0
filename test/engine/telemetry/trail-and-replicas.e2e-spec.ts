import { createServer } from 'node:net';
import { ActorContext, type DatabaseDataSource } from '@singr/database';
import { DatabaseGauges } from '../../../src/engine/module/database-gauges.js';
import { dataSourceFor } from '../../support/data-source.js';
import { describeOnServer, useDatabase } from '../../support/database.js';
import { useTelemetry } from '../../support/telemetry.js';

const telemetry = useTelemetry();
const database = useDatabase();

async function value(name: string, attributes = {}): Promise<number | undefined> {
  const [point] = await telemetry.points(name, attributes);
  return point?.value as number | undefined;
}

/** Answers are used for a while, so each test has a data source of its own. */
async function withGauges<T>(
  work: (dataSource: DatabaseDataSource) => Promise<T>,
  replicas: string[] = [],
): Promise<T> {
  const dataSource = await dataSourceFor({ ...database.options, replicas }).initialize();
  const gauges = new DatabaseGauges(dataSource);
  gauges.onApplicationBootstrap();
  try {
    telemetry.takeSpans();
    return await work(dataSource);
  } finally {
    gauges.beforeApplicationShutdown();
    await dataSource.destroy();
  }
}

describe('the trail', () => {
  it('shows its entries, its size, and its partitions', async () => {
    const before = await withGauges(() => value('singr.db.audit.entries'));
    await withGauges(async (dataSource) => {
      const insert = `INSERT INTO roles (slug) SELECT 'gauge-' || i FROM generate_series(1, 7) AS i`;
      await ActorContext.run({ name: 'test' }, () => dataSource.query(insert));
      expect((await value('singr.db.audit.entries'))! - before!).toBe(7);
      expect(await value('singr.db.audit.size')).toBeGreaterThan(8192);
      const [status] = await database.query('SELECT months_ahead FROM audit.partition_status()');
      expect(await value('singr.db.audit.partitions_ahead')).toBe(status.months_ahead);
      expect(await value('singr.db.audit.default_entries')).toBe(0);
    });
  });

  it('shows how many entries the default partition has', async () => {
    const name = `audit.month_name(date_trunc('month', now())::date)`;
    const [{ month }] = await database.query(`SELECT ${name} AS month`);
    await database.query(`ALTER TABLE audit_logs DETACH PARTITION audit.${month}`);
    await database.query(`INSERT INTO roles (slug) VALUES ('default-1'), ('default-2')`);
    expect(await withGauges(() => value('singr.db.audit.default_entries'))).toBe(2);
  });

  it('asks the database once for several collections, and shows no span of it', () =>
    withGauges(async (dataSource) => {
      const read = jest.spyOn(dataSource, 'read');
      await value('singr.db.audit.entries');
      await value('singr.db.audit.entries');
      expect(read).toHaveBeenCalledTimes(1);
      expect(telemetry.takeSpans()).toEqual([]);
    }));

  it('shows nothing, and fails nothing, where the trail cannot be read', async () => {
    // The SDK shows the last value of what has no new one.
    telemetry.unregister();
    telemetry.register();
    await database.query('ALTER FUNCTION audit.partition_status() RENAME TO gone');
    await withGauges(async () => {
      expect(await value('singr.db.audit.entries')).toBeUndefined();
      expect(await value('db.client.connection.max')).toBeGreaterThan(0);
    });
    await database.query('ALTER FUNCTION audit.gone() RENAME TO partition_status');
  });
});

describeOnServer('a replica', () => {
  it('shows whether it answers, and how far it is behind', async () => {
    const silent = createServer((socket) => socket.destroy());
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    const { port } = silent.address() as { port: number };
    const gone = `postgres://postgres@127.0.0.1:${port}/postgres`;
    // The primary itself takes the place of a replica that answers.
    await withGauges(async () => {
      const ups = await telemetry.points('singr.db.replica.up');
      expect(ups.map(({ value, attributes }) => [attributes['server.address'], value])).toEqual([
        [new URL(database.url).host, 1],
        [`127.0.0.1:${port}`, 0],
      ]);
    }, [database.url, gone]);
    silent.close();
  });
});
