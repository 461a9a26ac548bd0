import type pg from 'pg';
import { useDatabase } from '../../support/database.js';
import { failure } from '../../support/scripted-app.js';

describe('audit_logs is append-only', () => {
  const database = useDatabase();
  let owner: pg.Client;
  let partitions: string[];

  beforeAll(async () => {
    owner = await database.connect();
    await owner.query(`INSERT INTO roles (slug) VALUES ('kept')`);
    const { rows } = await owner.query(
      `SELECT inhrelid::regclass::text AS name FROM pg_inherits WHERE inhparent = 'audit_logs'::regclass`,
    );
    partitions = rows.map(({ name }) => name);
  });

  const statements = [
    ['UPDATE', (table: string) => `UPDATE ${table} SET user_id = gen_random_uuid()`],
    ['DELETE', (table: string) => `DELETE FROM ${table}`],
    ['TRUNCATE', (table: string) => `TRUNCATE ${table}`],
  ] as const;

  it.each(statements)('%s is refused, to the owner as well', async (operation, statement) => {
    expect(await failure(owner.query(statement('audit_logs')))).toMatchObject({
      code: '42501',
      message: `audit_logs is append-only: ${operation} is refused`,
    });
  });

  it.each(statements)('%s is refused on every partition', async (_operation, statement) => {
    expect(partitions.length).toBeGreaterThan(3);
    for (const partition of partitions) {
      // Row triggers fire for rows: the partition needs one.
      await owner.query('BEGIN');
      await owner.query(
        `INSERT INTO ${partition} (table_name, operation, transaction_id, database_role, sequence, created_at)
         OVERRIDING SYSTEM VALUE
         SELECT 'roles', 'INSERT', 1, 'x', 0, coalesce(
           (regexp_match(pg_get_expr(relpartbound, oid), 'FROM \\(''([^'']+)'))[1]::timestamptz, '1999-01-01')
         FROM pg_class WHERE oid = $1::regclass`,
        [partition],
      );
      expect(await failure(owner.query(statement(partition)))).toMatchObject({ code: '42501' });
      await owner.query('ROLLBACK');
    }
  });

  it('TRUNCATE … CASCADE of a domain table does not reach it', async () => {
    const { rows: before } = await owner.query('SELECT count(*)::int AS count FROM audit_logs');
    await owner.query('BEGIN; TRUNCATE users CASCADE');
    const { rows: after } = await owner.query('SELECT count(*)::int AS count FROM audit_logs');
    await owner.query('ROLLBACK');
    expect(after[0].count).toBeGreaterThan(before[0].count);
  });

  it('has no foreign key: deleting a user does not erase who did it', async () => {
    const { rows } = await owner.query(
      `SELECT conname FROM pg_constraint WHERE contype = 'f' AND conrelid = 'audit_logs'::regclass`,
    );
    expect(rows).toEqual([]);
  });
});
