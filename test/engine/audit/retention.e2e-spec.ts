import { ActorContext, User, Venue } from '@singr/database';
import { AuditRetention } from '../../../src/engine/audit/retention/audit-retention.js';
import type { AuditEntry } from '../../../src/engine/audit/history/audit-entry.js';
import { failure } from '../../support/scripted-app.js';
import { describeOnServer, useDatabase } from '../../support/database.js';
import { useTrail, type Planted } from './trail-app.js';

describe('the maintenance of the trail', () => {
  const database = useDatabase();
  const trail = useTrail(database);
  let planted: Planted;

  beforeEach(async () => {
    planted = await trail.plant();
  });

  const retention = () => trail.app.get(AuditRetention);
  const venue = () => planted.value('venues', 'venues_id');
  const entriesOf = async (table: string, operations?: string[]): Promise<readonly AuditEntry[]> =>
    (
      await trail.audit.history({
        table,
        limit: 500,
        order: 'oldest',
        ...(operations && { operations }),
      })
    ).entries;
  const count = async (table: string) =>
    (await entriesOf(table, ['INSERT', 'UPDATE', 'DELETE'])).length;
  const rename = (name: string) =>
    trail.run('UPDATE venues SET name = $1 WHERE venues_id = $2', [name, venue()]);
  /** Entries as an old trail has them. */
  const insertOld = (table: string, at: string, number: number) =>
    trail.client.query(
      `INSERT INTO audit_logs (table_name, record_id, operation, new_data, created_at, transaction_id, database_role)
       SELECT $1, n::text, 'INSERT', '{}', $2::timestamptz, 1, 'old' FROM generate_series(1, $3) AS n`,
      [table, at, number],
    );

  const makeMonth = (month: string) => {
    const [year, number] = month.split('_').map(Number) as [number, number];
    return trail.client.query(
      `CREATE TABLE audit.audit_logs_${month} PARTITION OF audit_logs
         FOR VALUES FROM ('${year}-0${number}-01 00:00+00') TO ('${year}-0${number + 1}-01 00:00+00')`,
    );
  };

  describe('prunes', () => {
    it('entries of a table up to a time, and records that', async () => {
      await rename('first');
      const before = await trail.now();
      await rename('second');
      const users = await count('users');
      const expected = await count('venues');

      const result = await ActorContext.run({ name: 'retention' }, () =>
        retention().prune({ table: Venue, before }),
      );
      expect(result).toEqual({
        dryRun: false,
        droppedPartitions: [],
        entries: { venues: expected - 1 },
      });
      expect((await entriesOf('venues', ['UPDATE'])).map(({ after }) => after!.name)).toEqual([
        'second',
      ]);
      expect(await count('users')).toBe(users);
      const records = await entriesOf('venues', ['PRUNE']);
      expect(records.at(-1)).toMatchObject({
        actor: { name: 'retention' },
        recordId: null,
        after: { entries: expected - 1 },
      });
      expect(new Date(records.at(-1)!.after!.before as string)).toEqual(new Date(before));
    });

    it('no newer entries, so that the newest state can still be read', async () => {
      await rename('kept');
      const { before } = { before: await trail.now() };
      await retention().prune({ table: 'venues', before });
      expect(await trail.audit.asOf(Venue, venue(), before)).toMatchObject({ name: 'kept' });
    });

    it('all tables, and drops complete months', async () => {
      for (const month of ['2020_01', '2020_02', '2020_03']) await makeMonth(month);
      await insertOld('venues', '2020-01-31T23:59:59.999999Z', 3);
      await insertOld('users', '2020-02-15T00:00:00Z', 2);
      await insertOld('gone_table', '2020-02-15T00:00:00Z', 4);
      await insertOld('venues', '2020-03-01T00:00:00Z', 5);
      // A month that nobody made a partition for.
      await insertOld('venues', '2019-12-31T00:00:00Z', 6);
      const venues = await count('venues');

      const options = { before: '2020-03-15' };
      const trial = await retention().prune({ ...options, dryRun: true });
      expect(trial).toEqual({
        dryRun: true,
        droppedPartitions: ['audit_logs_2020_01', 'audit_logs_2020_02'],
        entries: { venues: 14, users: 2, gone_table: 4 },
      });
      expect(await count('venues')).toBe(venues);

      expect(await retention().prune(options)).toEqual({ ...trial, dryRun: false });
      expect(await count('venues')).toBe(venues - 14);
      const { rows } = await trail.client.query(
        `SELECT inhrelid::regclass::text AS name FROM pg_inherits
         WHERE inhparent = 'audit_logs'::regclass AND inhrelid::regclass::text LIKE '%2020%'`,
      );
      expect(rows).toEqual([{ name: 'audit.audit_logs_2020_03' }]);
      // Each month is written down, table by table, before it goes.
      const records = await trail.audit.history({ operations: ['PRUNE'], limit: 500 });
      expect(
        records.entries.map(({ table, after }) => [table, after!.entries, after!.partition]),
      ).toEqual(
        expect.arrayContaining([
          ['venues', 3, 'audit_logs_2020_01'],
          ['users', 2, 'audit_logs_2020_02'],
          ['gone_table', 4, 'audit_logs_2020_02'],
        ]),
      );
      expect(await failure(trail.audit.asOfMany(User, '2020-02-20'))).toMatchObject({
        code: 'HISTORY_PRUNED',
        message: expect.stringMatching(/before 2020-03-01T00:00:00\.000Z/),
      });
      expect(await retention().prune(options)).toMatchObject({
        droppedPartitions: [],
        entries: {},
      });
    });

    it('complete months, but keeps the records of pruning and erasure in them', async () => {
      await makeMonth('2017_01');
      await insertOld('venues', '2017-01-10', 2);
      await trail.client.query(
        `INSERT INTO audit_logs (table_name, operation, new_data, created_at, transaction_id, actor_name, database_role)
         VALUES ('users', 'PRUNE', '{"before": "2016-12-01", "entries": 7}', '2017-01-20', 1, 'rosa', 'old'),
                ('users', 'ERASE', '{"columns": ["email"], "entries": 3}', '2017-01-21', 1, 'rosa', 'old')`,
      );
      expect(await retention().prune({ before: '2017-02-01' })).toEqual({
        dryRun: false,
        droppedPartitions: ['audit_logs_2017_01'],
        entries: { venues: 2 },
      });
      const { entries } = await trail.audit.history({ actor: { name: 'rosa' }, order: 'oldest' });
      expect(entries.map(({ operation, at }) => [operation, at])).toEqual([
        ['PRUNE', '2017-01-20T00:00:00.000000Z'],
        ['ERASE', '2017-01-21T00:00:00.000000Z'],
      ]);
      // Nor does another pruning take them.
      await retention().prune({ before: '2017-03-01' });
      expect(
        (await trail.audit.history({ actor: { name: 'rosa' } })).entries.map(
          ({ sequence }) => sequence,
        ),
      ).toEqual(entries.map(({ sequence }) => sequence).reverse());
    });

    it.each([0, -1, 0.5, Number.NaN, 1_000_001])('not in batches of %d', async (batchSize) => {
      await trail.expectRefusal(
        () => retention().prune({ before: '2019-02-01', batchSize }),
        'INVALID_COUNT',
      );
    });

    it('in batches, and reports its progress', async () => {
      await insertOld('batched', '2019-01-01', 25);
      const progress: unknown[] = [];
      await retention().prune({
        before: '2019-02-01',
        batchSize: 10,
        onProgress: (step) => progress.push(step),
      });
      expect(progress).toEqual([
        { table: 'batched', deleted: 10, total: 25 },
        { table: 'batched', deleted: 20, total: 25 },
        { table: 'batched', deleted: 25, total: 25 },
      ]);
      expect((await entriesOf('batched', ['PRUNE'])).map(({ after }) => after!.entries)).toEqual([
        10, 10, 5,
      ]);
    });

    it('the oldest first, so that it can be stopped at any time', async () => {
      await insertOld('stopped', '2019-01-01', 5);
      const stop = new Error('stopped');
      const pruning = retention().prune({
        before: '2019-02-01',
        batchSize: 2,
        onProgress: () => {
          throw stop;
        },
      });
      expect(await failure(pruning)).toBe(stop);
      const left = await entriesOf('stopped');
      expect(left.map(({ operation, recordId }) => recordId ?? operation)).toEqual([
        '3',
        '4',
        '5',
        'PRUNE',
      ]);
      await retention().prune({ before: '2019-02-01' });
    });

    it('nothing in a dry run', async () => {
      const before = await trail.now();
      const dump = await trail.dump();
      const { entries } = await retention().prune({ table: 'venues', before, dryRun: true });
      expect(entries.venues).toBeGreaterThan(0);
      expect(await trail.dump()).toEqual(dump);
    });

    it('never its own records', async () => {
      await retention().prune({ table: 'venues', before: await trail.now() });
      const records = (await entriesOf('venues', ['PRUNE'])).length;
      await rename('again');
      await retention().prune({ before: await trail.now() });
      expect((await entriesOf('venues', ['PRUNE'])).length).toBe(records + 1);
    });

    it.each(['soon', '2026-02-30'])('not before "%s"', async (before) => {
      expect(await failure(retention().prune({ before }))).toMatchObject({
        code: 'INVALID_HISTORY_QUERY',
      });
    });

    it('only audited tables', async () => {
      expect(
        await failure(retention().prune({ before: new Date(), table: 'nowhere' })),
      ).toMatchObject({
        code: 'TABLE_NOT_AUDITED',
      });
    });

    it('and no other DELETE is possible, also right after it', async () => {
      await trail.dataSource.transaction(async (manager) => {
        await retention().prune({ table: 'venues', before: new Date(), batchSize: 1 });
        const error = await failure(
          manager.transaction((nested) => nested.query('DELETE FROM audit_logs')),
        );
        expect(error.message).toMatch(/append-only/);
      });
    });
  });

  describeOnServer('prunes during other work,', () => {
    it('each month in a transaction, so that it can be stopped between two', async () => {
      await makeMonth('2021_03');
      await makeMonth('2021_04');
      await insertOld('venues', '2021-03-10', 1);
      await insertOld('venues', '2021-04-10', 1);
      // An open transaction that has read the second month prevents its drop.
      const reader = await database.connect();
      await reader.query('BEGIN; SELECT FROM audit.audit_logs_2021_04');
      expect(await failure(retention().prune({ before: '2021-06-01', patience: 0 }))).toMatchObject(
        { code: 'AUDIT_TRAIL_BUSY' },
      );
      await reader.query('COMMIT');
      expect(await retention().prune({ before: '2021-06-01' })).toMatchObject({
        droppedPartitions: ['audit_logs_2021_04'],
        entries: { venues: 1 },
      });
    });
  });

  it.each([-1, 0.5, Number.NaN, 121])(
    'refuses to create partitions of %d months',
    async (months) => {
      await trail.expectRefusal(() => retention().createPartitions(months), 'INVALID_COUNT');
    },
  );

  it('creates the partitions of the coming months, once', async () => {
    const made = await retention().createPartitions(5);
    expect(made).toHaveLength(2);
    expect(made[0]).toMatch(/^audit_logs_\d{4}_\d{2}$/);
    expect(await retention().createPartitions(5)).toEqual([]);
    await rename('after it');
    expect((await entriesOf('venues', ['UPDATE'])).at(-1)!.after!.name).toBe('after it');
  });
});
