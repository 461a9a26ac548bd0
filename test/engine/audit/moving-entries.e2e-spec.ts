import { AuditRetention, AuditService, Venue } from '@singr/database';
import { failure } from '../../support/scripted-app.js';
import { describeOnServer, useDatabase } from '../../support/database.js';
import { useTrail } from './trail-app.js';

/** More than are moved in one step. */
const many = 2500;

describe('many entries in the default partition', () => {
  const database = useDatabase();
  const trail = useTrail(database);
  const retention = () => trail.app.get(AuditRetention);

  /** Removes the partitions, as if nobody had created any. */
  const forgetPartitions = async () => {
    const { rows } = await trail.client.query<{ name: string }>(
      `SELECT inhrelid::regclass::text AS name FROM pg_inherits
       WHERE inhparent = 'audit_logs'::regclass AND inhrelid <> 'audit.audit_logs_default'::regclass`,
    );
    await trail.client.query('DROP TABLE IF EXISTS audit.audit_logs_moving');
    for (const { name } of rows) await trail.client.query(`DROP TABLE ${name}`);
  };
  const insert = (table: string, at: string, number = many) =>
    trail.client.query(
      `INSERT INTO audit_logs (table_name, record_id, operation, new_data, created_at, transaction_id, database_role)
       SELECT $1, n::text, 'INSERT', '{"n": 1}', ${at}, 1, 'test' FROM generate_series(1, $2) AS n`,
      [table, number],
    );
  const entries = async () => {
    const { rows } = await trail.client.query<{ entry: string }>(
      'SELECT l::text AS entry FROM audit_logs l ORDER BY sequence',
    );
    return rows.map(({ entry }) => entry);
  };
  const step = async () => {
    const { rows } = await trail.client.query('SELECT audit.create_partitions(1)');
    return rows.length;
  };
  const defaultCount = async () => {
    const { rows } = await trail.client.query<{ count: number }>(
      'SELECT count(*)::int AS count FROM audit.audit_logs_default',
    );
    return rows[0]!.count;
  };

  beforeEach(async () => {
    await forgetPartitions();
    await trail.client.query(
      `BEGIN; SET LOCAL audit.maintenance = 'on'; TRUNCATE audit.audit_logs_default; COMMIT`,
    );
  });

  it('move to the partition of their month, those of earlier and later months too', async () => {
    await insert('now', 'now()');
    await insert('earlier', `now() - n * interval '1 hour'`);
    await insert('later', `now() + interval '20 months'`, 10);
    const before = await entries();
    expect(await retention().partitionStatus()).toEqual({
      monthsAhead: 0,
      defaultHasEntries: true,
    });

    const made = await retention().createPartitions(2);
    expect(await entries()).toEqual(before);
    expect(await defaultCount()).toBe(0);
    expect(made.length).toBeGreaterThanOrEqual(4 + 3);
    expect(await retention().partitionStatus()).toEqual({
      monthsAhead: 2,
      defaultHasEntries: false,
    });
    const { rows } = await trail.client.query(
      `SELECT DISTINCT tableoid::regclass::text = 'audit.audit_logs_' || to_char(created_at, 'YYYY_MM') AS fits
       FROM audit_logs`,
    );
    expect(rows).toEqual([{ fits: true }]);
  });

  it('are attached without a scan, which a constraint makes unnecessary', async () => {
    await insert('now', 'now()');
    const messages: (string | undefined)[] = [];
    const note = ({ message }: { message?: string }) => messages.push(message);
    trail.client.on('notice', note);
    await trail.client.query('SET client_min_messages = debug1');
    while ((await step()) === 0);
    await trail.client.query('RESET client_min_messages');
    trail.client.off('notice', note);
    const proofs = messages.filter((message) =>
      /partition constraint for table "audit_logs_\d{4}_\d{2}" is implied/.test(message ?? ''),
    );
    expect(proofs.length).toBeGreaterThanOrEqual(2);
  });

  it('are protected and indexed like all others', async () => {
    await insert('now', 'now()');
    const [month] = await retention().createPartitions(0);
    const indexes = `SELECT count(*)::int AS indexes FROM pg_index i
      WHERE i.indrelid = $1::text::regclass AND ($1::text = 'audit_logs' OR EXISTS (
        SELECT FROM pg_inherits h WHERE h.inhrelid = i.indexrelid))`;
    const { rows: whole } = await trail.client.query(indexes, ['audit_logs']);
    for (const part of [`audit.${month}`, 'audit.audit_logs_default']) {
      expect((await trail.client.query(indexes, [part])).rows).toEqual(whole);
      const { rows } = await trail.client.query(
        `SELECT conname FROM pg_constraint WHERE conrelid = $1::regclass AND contype = 'c'`,
        [part],
      );
      expect(rows).toEqual([]);
    }
    for (const sql of [`DELETE FROM audit.${month}`, `TRUNCATE audit.${month}`]) {
      expect(await failure(trail.client.query(sql))).toMatchObject({ code: '42501' });
    }
  });

  it('are seen once after each step, and a stopped move continues', async () => {
    await insert('now', 'now()', 12_000);
    const before = await entries();
    let steps = 0;
    for (;;) {
      // Nothing of a step that fails remains.
      await trail.client.query('BEGIN');
      await step();
      await trail.client.query('ROLLBACK');
      expect(await entries()).toEqual(before);
      steps++;
      if ((await step()) > 0) break;
      expect(await entries()).toEqual(before);
    }
    expect(steps).toBeGreaterThanOrEqual(4);
    expect(await entries()).toEqual(before);
    expect(await defaultCount()).toBe(0);
  });

  it('may be pruned and erased meanwhile', async () => {
    await insert('venues', 'now()');
    await insert('users', `now() - interval '1 day'`, 20);
    await step();
    await step();
    await retention().prune({ table: 'users', before: new Date(Date.now() - 3_600_000) });
    await trail.client.query(`SELECT audit.erase('venues', ARRAY['7'], ARRAY['n'])`);
    const before = await entries();
    expect(before.filter((entry) => entry.includes('[erased]'))).toHaveLength(1);
    await retention().createPartitions(1);
    expect(await entries()).toEqual(before);
  });

  it('can be read and undone meanwhile', async () => {
    await insert('now', 'now()');
    const planted = await trail.plant();
    const id = planted.value('venues', 'venues_id');
    await trail.run(`UPDATE venues SET name = 'changed' WHERE venues_id = $1`, [id]);
    const audit = trail.app.get(AuditService);
    for (const moves of [1, 1]) {
      for (let i = 0; i < moves; i++) await step();
      const { entries: history } = await audit.history({ entity: Venue, id });
      expect(history.map(({ operation }) => operation)).toContain('INSERT');
      await audit.undo(history[0]!.sequence);
    }
    await retention().createPartitions(1);
    const { entries: history } = await audit.history({ entity: Venue, id });
    expect(history.map(({ operation }) => operation)).toEqual([
      'UPDATE',
      'UPDATE',
      'UPDATE',
      'INSERT',
    ]);
    await audit.undo(history[0]!.sequence);
  });

  it('is stopped by a signal, between two steps', async () => {
    await insert('now', 'now()');
    const stop = new AbortController();
    stop.abort();
    await failure(retention().createPartitions(1, { signal: stop.signal }));
    expect(await defaultCount()).toBe(many);
  });

  describeOnServer('during other work', () => {
    it('move while others write, and none is lost', async () => {
      await insert('now', 'now()', 6000);
      let isMoving = true;
      let written = 0;
      const write = async () => {
        const client = await database.connect();
        await client.query(`SET lock_timeout = '5s'`);
        while (isMoving) {
          await client.query(`INSERT INTO roles (slug) VALUES (gen_random_uuid()::text)`);
          written++;
        }
      };
      const read = async () => {
        const client = await database.connect();
        let last = 0;
        while (isMoving) {
          const { rows } = await client.query<{ count: number; ids: number }>(
            `SELECT count(*)::int, count(DISTINCT audit_logs_id)::int AS ids FROM audit_logs`,
          );
          const [{ count, ids }] = rows as [{ count: number; ids: number }];
          expect(ids).toBe(count);
          expect(count).toBeGreaterThanOrEqual(last);
          last = count;
        }
      };
      const others = [write(), write(), read()];
      // Two processes maintain the same database.
      const made = await Promise.all([
        retention().createPartitions(2),
        retention().createPartitions(2),
      ]);
      isMoving = false;
      await Promise.all(others);
      expect(new Set(made.flat()).size).toBe(made.flat().length);
      expect(made.flat()).toHaveLength(3);
      expect(await entries()).toHaveLength(6000 + written);
      expect(await defaultCount()).toBe(0);
    });

    it('wait for a snapshot that would see neither them nor their copies', async () => {
      await insert('now', 'now()');
      const reader = await database.connect();
      await reader.query('BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT FROM venues LIMIT 1');
      const error = await failure(retention().createPartitions(1, { patience: 0 }));
      expect(error).toMatchObject({ code: 'AUDIT_TRAIL_BUSY' });
      const { rows } = await reader.query<{ count: number }>(
        `SELECT count(*)::int AS count FROM audit_logs WHERE table_name = 'now'`,
      );
      expect(rows).toEqual([{ count: many }]);
      await reader.query('COMMIT');
      expect(await retention().createPartitions(1)).toHaveLength(2);
    });

    it('stay while a transaction uses them; the error says whose, and nobody waits', async () => {
      await insert('now', 'now()');
      const reader = await database.connect();
      await reader.query(`SET application_name = 'nightly report'`);
      await reader.query('BEGIN; SELECT FROM audit_logs LIMIT 1');
      const { rows } = await reader.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
      const moving = failure(retention().createPartitions(1, { patience: 1500 }));
      // Longer than a step waits, and shorter than the move tries.
      const writer = await database.connect();
      await writer.query(`SET lock_timeout = '400ms'`);
      let isMoving = true;
      void moving.then(() => (isMoving = false));
      // So many that there is always more to copy before the next attempt.
      while (isMoving) {
        await writer.query(
          `INSERT INTO roles (slug) SELECT gen_random_uuid()::text FROM generate_series(1, 5000)`,
        );
      }
      const error = await moving;
      expect(error).toMatchObject({
        code: 'AUDIT_TRAIL_BUSY',
        blockers: expect.arrayContaining([
          { pid: rows[0]!.pid, application: 'nightly report', seconds: expect.any(Number) },
        ]),
      });
      expect(error.message).toContain(`pid ${rows[0]!.pid} ("nightly report", open for`);
      await reader.query('COMMIT');
      expect(await retention().createPartitions(1)).toHaveLength(2);
    });

    it('can be moved in the transaction of a caller, after a lock was not free', async () => {
      await insert('now', 'now()', 5);
      const reader = await database.connect();
      await reader.query('BEGIN; SELECT FROM audit_logs LIMIT 1');
      setTimeout(() => void reader.query('COMMIT'), 300);
      await trail.dataSource.transaction(async () => {
        expect(await retention().createPartitions(1)).toHaveLength(2);
      });
      expect(await defaultCount()).toBe(0);
    });
  });
});
