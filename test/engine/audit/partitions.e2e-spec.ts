import { describeOnServer, useDatabase } from '../../support/database.js';

const months = `SELECT inhrelid::regclass::text AS name FROM pg_inherits
  WHERE inhparent = 'audit_logs'::regclass ORDER BY name`;

describe('the partitions of audit_logs', () => {
  const database = useDatabase();

  const make = (count: number) =>
    database.query<{ create_partitions: string }>('SELECT audit.create_partitions($1)', [count]);
  const place = (slug: string) =>
    database.query(
      `SELECT tableoid::regclass::text AS partition, sequence FROM audit_logs
       WHERE new_data ->> 'slug' = $1`,
      [slug],
    );

  /** A row of another month, as if the clock stood there. */
  const record = (slug: string, at: string) =>
    database.query(
      `INSERT INTO audit_logs (table_name, operation, transaction_id, database_role, new_data, created_at)
       VALUES ('roles', 'INSERT', 1, 'x', jsonb_build_object('slug', $1::text), ${at})`,
      [slug],
    );

  it('hold a write in the partition of its month', async () => {
    await database.query(`INSERT INTO roles (slug) VALUES ('now')`);
    const [{ month }] = await database.query(
      `SELECT to_char(now() AT TIME ZONE 'UTC', 'YYYY_MM') AS month`,
    );
    expect(await place('now')).toMatchObject([{ partition: `audit.audit_logs_${month}` }]);
  });

  it('keep a write of a month without a partition in the default partition, and move it later', async () => {
    await record('later', `now() + interval '8 months'`);
    await record('much later', `now() + interval '80 months'`);
    const [before] = await place('later');
    expect(before).toMatchObject({ partition: 'audit.audit_logs_default' });

    const made = await make(9);
    expect(made.length).toBeGreaterThan(0);
    const [{ month }] = await database.query(
      `SELECT to_char((date_trunc('month', now() AT TIME ZONE 'UTC') + interval '8 months'), 'YYYY_MM') AS month`,
    );
    expect(await place('later')).toEqual([
      { partition: `audit.audit_logs_${month}`, sequence: before.sequence },
    ]);
    expect(await place('much later')).toMatchObject([{ partition: 'audit.audit_logs_default' }]);
  });

  it('are created once: a second call creates none', async () => {
    await make(4);
    const before = await database.query(months);
    expect(await make(4)).toEqual([]);
    expect(await database.query(months)).toEqual(before);
  });

  it('are protected against changes from their creation on', async () => {
    const made = (await make(14)).map((row) => row.create_partitions);
    expect(made.length).toBeGreaterThan(0);
    await expect(database.query(`TRUNCATE audit.${made[0]}`)).rejects.toMatchObject({
      code: '42501',
    });
  });

  it('include the default partition afterwards', async () => {
    await record('last', `now() + interval '200 months'`);
    expect(await place('last')).toMatchObject([{ partition: 'audit.audit_logs_default' }]);
    await expect(database.query(`DELETE FROM audit.audit_logs_default`)).rejects.toMatchObject({
      code: '42501',
    });
  });

  describeOnServer('created by several callers at once', () => {
    it('are created once each, during other writes', async () => {
      const writing = Array.from({ length: 10 }, (_, i) =>
        database.query(`INSERT INTO roles (slug) VALUES ($1)`, [`meanwhile-${i}`]),
      );
      const made = await Promise.all(Array.from({ length: 6 }, () => make(20)));
      await Promise.all(writing);
      const names = made.flat().map((row) => row.create_partitions);
      expect(new Set(names).size).toBe(names.length);
      expect(names.length).toBeGreaterThan(3);
    });
  });
});
