import { Role, type DatabaseDataSource } from '@singr/database';
import { dataSourceFor } from '../../support/data-source.js';
import { describeOnServer, useDatabase } from '../../support/database.js';
import { failure } from '../../support/scripted-app.js';
import { useTelemetry } from '../../support/telemetry.js';
import { newSlug } from '../../support/trail.js';
import { startCuttingServer } from '../transaction/cutting-server.js';

const telemetry = useTelemetry();
const database = useDatabase();
let dataSource: DatabaseDataSource;

beforeAll(async () => {
  dataSource = await dataSourceFor(database.options).initialize();
});
afterAll(() => dataSource.destroy());

describe('the pool', () => {
  const pool = (name: string, state?: string) =>
    telemetry.total(name, state === undefined ? {} : { 'db.client.connection.state': state });

  it('shows its connections in use and idle, their number, and the waits', async () => {
    const waits = await pool('db.client.connection.wait_time');
    await dataSource.transaction(async (manager) => {
      await manager.query('SELECT 1');
      expect(await pool('db.client.connection.count', 'used')).toBe(1);
    });
    expect(await pool('db.client.connection.count', 'used')).toBe(0);
    expect(await pool('db.client.connection.count', 'idle')).toBeGreaterThan(0);
    expect(await pool('db.client.connection.max')).toBe(dataSource.config.poolSize);
    expect((await pool('db.client.connection.wait_time')) - waits).toBe(1);
  });

  it('shows who waits', async () => {
    const { poolSize } = dataSource.config;
    const held = Array.from({ length: poolSize }, () => dataSource.createQueryRunner());
    await Promise.all(held.map((queryRunner) => queryRunner.connect()));
    const waiting = dataSource.query('SELECT 1');
    await new Promise(setImmediate);
    expect(await pool('db.client.connection.pending_requests')).toBe(1);
    await Promise.all(held.map((queryRunner) => queryRunner.release()));
    await waiting;
    expect(await pool('db.client.connection.pending_requests')).toBe(0);
  });
});

describe('code that gets no connection', () => {
  it('is counted, and its transaction says why it was not made', async () => {
    const options = { ...database.options, poolSize: 1, connectTimeout: 50 };
    const small = await dataSourceFor(options).initialize();
    const holder = small.createQueryRunner();
    await holder.connect();
    const before = await telemetry.total('db.client.connection.timeouts');
    telemetry.takeSpans();
    await failure(small.transaction((manager) => manager.query('SELECT 1')));
    expect((await telemetry.total('db.client.connection.timeouts')) - before).toBe(1);
    expect(telemetry.takeSpans()).toMatchObject([
      {
        name: 'transaction',
        attributes: {
          'error.type': 'POOL_EXHAUSTED',
          'singr.transaction.outcome': 'rolled_back',
          'singr.transaction.wait_time': expect.any(Number),
        },
      },
    ]);
    await holder.release();
    await small.destroy();
  });
});

describeOnServer('a lost answer to COMMIT', () => {
  it('leaves the outcome of the transaction unknown', async () => {
    const server = await startCuttingServer(database.url);
    const cut = await dataSourceFor({ url: server.url, poolSize: 2 }).initialize();
    const unknown = () =>
      telemetry.total('singr.db.transactions', { 'singr.transaction.outcome': 'unknown' });
    const before = await unknown();
    telemetry.takeSpans();
    server.cutAt('COMMIT', 'before the answer arrives');
    await failure(cut.transaction((manager) => manager.insert(Role, { slug: newSlug() })));
    const slug = newSlug();
    server.cutAt(slug, 'before the answer arrives');
    await failure(cut.getRepository(Role).insert({ slug }));
    const [transaction] = telemetry.takeSpans();
    expect(transaction!.attributes).toMatchObject({
      'singr.transaction.outcome': 'unknown',
      'error.type': 'COMMIT_UNKNOWN',
    });
    expect((await unknown()) - before).toBe(2);
    await cut.destroy();
    await server.stop();
  });
});
