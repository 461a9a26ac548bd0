import { failure as failureOf } from '../../support/scripted-app.js';
import { until } from '../transaction/control.js';
import { PoolExhaustedError } from '../../../src/engine/connection/errors.js';
import { dataSourceFor } from '../../support/data-source.js';
import { describeOnServer, isEmbedded, useDatabase } from '../../support/database.js';
import type { DatabaseDataSource } from '@singr/database';

describe('a pool whose connections are all in use', () => {
  const database = useDatabase();
  const poolSize = isEmbedded ? 1 : 2;
  let dataSource: DatabaseDataSource;

  beforeAll(async () => {
    const options = { ...database.options, poolSize, connectTimeout: 3000 };
    dataSource = await dataSourceFor(options).initialize();
    database.beforeDrop(() => dataSource.destroy());
  });

  it('makes waiting queries fail in time, with the size of the pool and a remedy', async () => {
    const held = Array.from({ length: poolSize }, () => dataSource.createQueryRunner());
    for (const queryRunner of held) await queryRunner.connect();

    const failure = dataSource.query('SELECT 1');
    await expect(failure).rejects.toThrow(PoolExhaustedError);
    await expect(failure).rejects.toThrow(`all ${poolSize} of the pool are in use`);
    await expect(failure).rejects.toMatchObject({ code: 'POOL_EXHAUSTED' });

    for (const queryRunner of held) await queryRunner.release();
    await expect(dataSource.query('SELECT 1 AS one')).resolves.toEqual([{ one: 1 }]);
  });
});

describeOnServer('a data source that is destroyed', () => {
  const database = useDatabase();

  it('cuts off a statement that would never end, and does not wait for it', async () => {
    const dataSource = await dataSourceFor(database.options).initialize();
    const other = await database.connect();
    await other.query('SELECT pg_advisory_lock(1)');
    const cut = failureOf(dataSource.query('SELECT pg_advisory_lock(1)'));
    await until(async () => {
      const waiting = `SELECT FROM pg_locks WHERE locktype = 'advisory' AND NOT granted`;
      return (await database.query(waiting)).length === 1;
    });
    await dataSource.destroy();
    expect((await cut).message).toMatch('Connection terminated');
  });
});

describe('with connectTimeout: 0', () => {
  const database = useDatabase();

  it('a statement waits for the query on its connection, without a limit', async () => {
    const options = { ...database.options, connectTimeout: 0 };
    const dataSource = await dataSourceFor(options).initialize();
    database.beforeDrop(() => dataSource.destroy());
    const queryRunner = dataSource.createQueryRunner();
    const client = await queryRunner.connect();
    const slow = client.query('SELECT pg_sleep(0.05)');
    await expect(queryRunner.query('SELECT 1 AS one')).resolves.toEqual([{ one: 1 }]);
    await slow;
    await queryRunner.release();
  });
});
