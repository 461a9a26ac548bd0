import { randomBytes } from 'node:crypto';
import { mkdtemp, readdir, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { AuditRetention, AuditVerifier, MaintenanceService, PurgeRegistry } from '@singr/database';
import { describeOnServer, useDatabase } from '../../support/database.js';
import { RecordingLogger } from '../../support/recording-logger.js';
import { createTestApp } from '../../support/test-app.js';

describe('maintenance', () => {
  const database = useDatabase();

  const makeMonth = (month: string, until: string) =>
    database.query(
      `CREATE TABLE audit.audit_logs_${month.replace('-', '_')} PARTITION OF audit_logs
         FOR VALUES FROM ('${month}-01 00:00+00') TO ('${until}-01 00:00+00')`,
    );
  const insertOld = (at: string, number: number) =>
    database.query(
      `INSERT INTO audit_logs (table_name, record_id, operation, new_data, created_at, transaction_id, database_role)
       SELECT 'old', n::text, 'INSERT', '{}', $1, 1, 'test' FROM generate_series(1, $2) AS n`,
      [at, number],
    );
  const until = async (isTrue: () => Promise<boolean> | boolean) => {
    while (!(await isTrue())) await new Promise((resolve) => setTimeout(resolve, 20));
  };

  it('runs after the start, without being called, and stops with the application', async () => {
    let runs = 0;
    const app = await createTestApp(database, {
      databaseOptions: { maintenance: { partitions: 5, every: 1000 } },
    });
    app.get(PurgeRegistry).add('count', async () => ++runs);
    await until(() => runs > 0);
    expect(await app.get(AuditRetention).partitionStatus()).toMatchObject({ monthsAhead: 5 });
    await app.close();
    const last = runs;
    await new Promise((resolve) => setTimeout(resolve, 1300));
    expect(runs).toBe(last);
  });

  it('does nothing when it is turned off', async () => {
    const app = await createTestApp(database, { databaseOptions: { maintenance: false } });
    const report = await app.get(MaintenanceService).run();
    expect(report).toEqual({
      createdPartitions: [],
      droppedPartitions: [],
      purged: {},
      failures: {},
    });
  });

  it('drops months that are older than the retention, after they are archived', async () => {
    await makeMonth('2020-01', '2020-02');
    await insertOld('2020-01-10', 1500);
    const folder = await mkdtemp(join(tmpdir(), 'archive-'));
    const app = await createTestApp(database, {
      databaseOptions: {
        maintenance: { retention: '2 years', archive: folder, every: 86_400_000 },
      },
    });
    await until(
      async () =>
        (
          await database.query(`SELECT FROM audit_logs WHERE table_name = 'old'
      AND operation = 'INSERT'`)
        ).length === 0,
    );
    expect(await readdir(folder)).toEqual(['audit_logs_2020_01.jsonl.gz']);
    const lines = gunzipSync(await readFile(join(folder, 'audit_logs_2020_01.jsonl.gz')))
      .toString()
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as { record_id: string; table_name: string });
    expect(lines).toHaveLength(1500);
    expect(lines.at(-1)).toMatchObject({
      table_name: 'old',
      record_id: '1500',
      operation: 'INSERT',
    });
    await app.close();
    const [entry] = await database.query(
      `SELECT actor_name, new_data ->> 'entries' AS entries FROM audit_logs WHERE operation = 'PRUNE'`,
    );
    expect(entry).toEqual({ actor_name: 'maintenance', entries: '1500' });
  });

  it('keeps a month that could not be archived, and does the rest', async () => {
    await makeMonth('2020-02', '2020-03');
    await insertOld('2020-02-10', 3);
    const app = await createTestApp(database);
    const report = await app.get(MaintenanceService).run({
      partitions: 6,
      retention: 24,
      archive: async () => {
        throw new Error('the bucket is away');
      },
      purge: true,
    });
    expect(report.failures).toEqual({ retention: new Error('the bucket is away') });
    expect(report.createdPartitions).toHaveLength(1);
    expect(report.purged).toMatchObject({ 'expired sessions': 0 });
    expect(
      await database.query(
        `SELECT FROM audit_logs WHERE table_name = 'old' AND operation = 'INSERT'`,
      ),
    ).toHaveLength(3);
  });

  describeOnServer('as the role of the application', () => {
    const role = `singr_app_${randomBytes(6).toString('hex')}`;
    const start = (logger: RecordingLogger) => {
      const url = new URL(database.url);
      url.username = role;
      url.password = role;
      return createTestApp(database, {
        logger,
        databaseOptions: {
          url: url.href,
          maintenance: { partitions: 9, retention: '24 months', every: 1000 },
        },
      });
    };

    beforeAll(async () => {
      await database.query(`CREATE ROLE ${role} LOGIN PASSWORD '${role}'`);
      database.beforeDrop(async () => {
        await database.query(`DROP OWNED BY ${role}`);
        await database.query(`DROP ROLE ${role}`);
      });
      await database.query('SELECT audit.grant_application($1)', [role]);
    });

    it('says once what to grant', async () => {
      const logger = new RecordingLogger();
      const app = await start(logger);
      let runs = 0;
      app.get(PurgeRegistry).add('count', async () => ++runs);
      await until(() => runs > 1);
      await app.close();
      const lines = logger.messages('warn', 'Maintenance');
      expect(lines).toHaveLength(2);
      expect(lines.join('\n')).toMatch(/partitions: permission denied .*grant_maintenance/);
      expect(lines.join('\n')).toMatch(/retention: permission denied .*retention => true/);
    });

    it('maintains the trail when that was granted, which verification allows', async () => {
      await database.query('SELECT audit.grant_maintenance($1, retention => true)', [role]);
      const logger = new RecordingLogger();
      const app = await start(logger);
      await until(async () => (await app.get(AuditRetention).partitionStatus()).monthsAhead === 9);
      await app.close();
      const owner = await createTestApp(database);
      const problems = await owner.get(AuditVerifier).verify();
      expect(problems.filter(({ problem }) => problem.includes(role))).toEqual([]);
    });
  });
});
