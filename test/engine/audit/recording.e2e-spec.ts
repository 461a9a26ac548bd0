import { createHash } from 'node:crypto';
import { entities } from '@singr/database';
import fc from 'fast-check';
import type pg from 'pg';
import { getMetadataArgsStorage } from 'typeorm';
import { ann } from '../../support/people.js';
import { isEmbedded, useDatabase } from '../../support/database.js';
import { insertOf, makeRows, type Row, type RowSet } from './rows.js';

const redacted = '[redacted]';
const tables = [...makeRows().rows.keys()];

/** Keys of several columns, with the part that is a secret. */
const compositeKeys: Record<string, { columns: string[]; secret?: string }> = {
  verification_tokens: { columns: ['identifier', 'token'], secret: 'token' },
  singer_favorite_venues: { columns: ['singer_profiles_id', 'venues_id'] },
};

describe('the audit triggers', () => {
  const database = useDatabase();
  let client: pg.Client;

  beforeAll(async () => {
    client = await database.connect();
  });

  /** Runs `work` in a transaction that Ann makes, and rolls it back. */
  async function asAnn<T>(work: () => Promise<T>): Promise<T> {
    await client.query('BEGIN');
    try {
      await client.query(
        `SELECT set_config('app.current_user_id', $1, true), set_config('app.request_id', 'r-1', true),
           set_config('app.route', 'PUT /x', true)`,
        [ann],
      );
      return await work();
    } finally {
      await client.query('ROLLBACK');
    }
  }

  async function insertAll({ rows }: RowSet): Promise<void> {
    for (const [table, row] of rows) await client.query(insertOf(table, row));
  }

  /** The trail of this transaction about a table; images as text, for JavaScript rounds numbers. */
  async function trail(table: string): Promise<any[]> {
    const { rows } = await client.query(
      `SELECT operation, record_id, old_data, new_data, changed_columns, user_id, request_id, route,
         transaction_id = pg_current_xact_id()::text::bigint AS in_transaction, sequence::text, database_role
       FROM audit_logs WHERE table_name = $1 AND transaction_id = pg_current_xact_id()::text::bigint
       ORDER BY audit_logs.sequence`,
      [table],
    );
    return rows;
  }

  async function keyOf(table: string): Promise<string[]> {
    const { rows } = await client.query(
      `SELECT a.attname AS name FROM pg_index i JOIN pg_attribute a
         ON a.attrelid = i.indrelid AND a.attnum = ANY (i.indkey)
       WHERE i.indrelid = $1::regclass AND i.indisprimary ORDER BY array_position(i.indkey::int[], a.attnum::int)`,
      [table],
    );
    return rows.map(({ name }) => name);
  }

  function recordId(table: string, key: string[], row: Row): string {
    const composite = compositeKeys[table];
    if (composite === undefined) {
      expect(key).toHaveLength(1);
      return String(row[key[0]!]);
    }
    const parts = composite.columns.map((name) => {
      const value = String(row[name]);
      const digest = createHash('sha256').update(value).digest('hex');
      return [name, name === composite.secret ? `sha256:${digest}` : value];
    });
    return JSON.stringify(Object.fromEntries(parts));
  }

  it('are on every table of the module but audit_logs', async () => {
    const ours = getMetadataArgsStorage()
      .tables.filter(({ target }) => (entities as readonly unknown[]).includes(target))
      .map(({ name }) => name)
      .filter((name) => name !== 'audit_logs');
    expect([...tables].sort()).toEqual(ours.sort());
    expect(tables).toHaveLength(30);
  });

  it.each(tables)('record INSERT, UPDATE and DELETE of %s', async (table) => {
    const set = makeRows();
    await asAnn(async () => {
      await insertAll(set);
      const row = set.rows.get(table)!;
      const key = await keyOf(table);
      const where = key.map((name, index) => `${name} = $${index + 1}`).join(' AND ');
      const values = key.map((name) => row[name]);
      // A column that every table has and nothing checks: its key apart, any timestamp or text.
      const { rows: columns } = await client.query(
        `SELECT column_name AS name, data_type FROM information_schema.columns
         WHERE table_schema = 'public' AND table_name = $1 AND NOT column_name = ANY ($2)
           AND column_name <> 'updated_at'
         ORDER BY data_type IN ('text', 'timestamp with time zone', 'bigint') DESC, column_name`,
        [table, key],
      );
      const { name: column, data_type: type } = columns[0];
      const value =
        type === 'text'
          ? `'changed'`
          : type === 'bigint'
            ? '42'
            : `'2020-02-02 02:02:02.222222+00'`;
      await client.query(`UPDATE ${table} SET ${column} = ${value} WHERE ${where}`, values);
      // A brand that apps use cannot go.
      if (table === 'branding_profiles') await client.query('DELETE FROM branded_apps');
      await client.query(`DELETE FROM ${table} WHERE ${where}`, values);

      const about = (await trail(table)).filter(
        ({ record_id }) => normal(record_id) === normal(recordId(table, key, row)),
      );
      const common = { user_id: ann, request_id: 'r-1', route: 'PUT /x', in_transaction: true };
      expect(about).toMatchObject([
        { ...common, operation: 'INSERT', old_data: null, changed_columns: null },
        { ...common, operation: 'UPDATE', changed_columns: expect.arrayContaining([column]) },
        { ...common, operation: 'DELETE', new_data: null, changed_columns: null },
      ]);
      expect(about[1].old_data).toEqual(about[0].new_data);
      expect(about[2].old_data).toEqual(about[1].new_data);
      const sequences = about.map(({ sequence }) => BigInt(sequence));
      expect(sequences[0]! < sequences[1]! && sequences[1]! < sequences[2]!).toBe(true);
    });
  });

  it.each(tables)('record TRUNCATE of %s as one row without images', async (table) => {
    await asAnn(async () => {
      await client.query(`TRUNCATE ${table} CASCADE`);
      expect(await trail(table)).toMatchObject([
        { operation: 'TRUNCATE', record_id: null, old_data: null, new_data: null, user_id: ann },
      ]);
    });
  });

  it('never let a secret into the trail, in an image or a key', async () => {
    const set = makeRows();
    await asAnn(async () => {
      await insertAll(set);
      for (const [table, row] of set.rows) {
        for (const [column, value] of Object.entries(row)) {
          if (!set.secrets.includes(String(value))) continue;
          await client.query(
            `UPDATE ${table} SET ${column} = ${column} || '-changed' WHERE ${column} = $1`,
            [value],
          );
          const updates = (await trail(table)).filter(({ operation }) => operation === 'UPDATE');
          // The change of a secret shows as a change, and nothing else.
          if (!(await keyOf(table)).includes(column)) {
            expect(updates.at(-1)).toMatchObject({
              changed_columns: expect.arrayContaining([column]),
              old_data: { [column]: redacted },
              new_data: { [column]: redacted },
            });
          }
        }
      }
      await client.query('DELETE FROM users');
      const { rows } = await client.query('SELECT audit_logs::text AS line FROM audit_logs');
      const everything = rows.map(({ line }) => line).join('\n');
      expect(set.secrets.length).toBeGreaterThan(8);
      expect(set.secrets.filter((secret) => everything.includes(secret))).toEqual([]);
    });
  });

  it('record the cascades and SET NULLs of a deleted user, with the actor', async () => {
    const set = makeRows();
    await asAnn(async () => {
      await insertAll(set);
      await client.query('DELETE FROM users WHERE users_id = $1', [
        set.rows.get('users')!.users_id,
      ]);
      for (const table of [
        'users',
        'user_roles',
        'accounts',
        'sessions',
        'venues',
        'songdb',
        'state',
        'api_keys',
      ]) {
        expect((await trail(table)).at(-1)).toMatchObject({ operation: 'DELETE', user_id: ann });
      }
    });
    await asAnn(async () => {
      const other = makeRows();
      await insertAll(other);
      await client.query('DELETE FROM customers WHERE customers_id = $1', [
        other.rows.get('customers')!.customers_id,
      ]);
      expect((await trail('api_keys')).at(-1)).toMatchObject({
        operation: 'UPDATE',
        changed_columns: expect.arrayContaining(['customers_id']),
        new_data: { customers_id: null },
        user_id: ann,
      });
    });
  });

  it('write nothing for an ON CONFLICT DO NOTHING that does nothing, and an UPDATE for DO UPDATE', async () => {
    await asAnn(async () => {
      await client.query(`INSERT INTO roles (slug) VALUES ('conflict')`);
      await client.query(`INSERT INTO roles (slug) VALUES ('conflict') ON CONFLICT DO NOTHING`);
      await client.query(
        `INSERT INTO roles (slug) VALUES ('conflict'), ('no conflict')
         ON CONFLICT (slug) DO UPDATE SET description = 'updated'`,
      );
      const entries = (await trail('roles')).map(({ operation, new_data }) => [
        operation,
        new_data.slug,
      ]);
      expect(entries.sort()).toEqual([
        ['INSERT', 'conflict'],
        ['INSERT', 'no conflict'],
        ['UPDATE', 'conflict'],
      ]);
    });
  });

  it('write nothing for an UPDATE that changes nothing', async () => {
    const set = makeRows();
    await asAnn(async () => {
      await insertAll(set);
      for (const [table] of set.rows) {
        const [column] = await keyOf(table);
        await client.query(`UPDATE ${table} SET ${column} = ${column}`);
        expect((await trail(table)).filter(({ operation }) => operation === 'UPDATE')).toEqual([]);
      }
    });
  });

  it('pair the rows of an UPDATE of many rows, in any order', async () => {
    await asAnn(async () => {
      await client.query(
        `INSERT INTO roles (slug, description) SELECT 'many-' || i, i::text FROM generate_series(1, 500) i`,
      );
      await client.query(
        `UPDATE roles SET description = description || '!' WHERE slug LIKE 'many-%'`,
      );
      const updates = (await trail('roles')).filter(({ operation }) => operation === 'UPDATE');
      expect(updates).toHaveLength(500);
      for (const { record_id, old_data, new_data } of updates) {
        expect([old_data.roles_id, new_data.roles_id]).toEqual([record_id, record_id]);
        expect(new_data.description).toBe(`${old_data.description}!`);
      }
    });
  });

  it('lose neither row of a changed key', async () => {
    await asAnn(async () => {
      await client.query(`INSERT INTO products (products_id) VALUES ('old key')`);
      await client.query(
        `UPDATE products SET products_id = 'new key' WHERE products_id = 'old key'`,
      );
      const updates = (await trail('products')).filter(({ operation }) => operation === 'UPDATE');
      expect(updates.map(({ record_id }) => record_id).sort()).toEqual(['new key', 'old key']);
      expect(updates.find(({ record_id }) => record_id === 'old key')).toMatchObject({
        old_data: { products_id: 'old key' },
        new_data: null,
        changed_columns: ['products_id'],
      });
      expect(updates.find(({ record_id }) => record_id === 'new key')).toMatchObject({
        old_data: null,
        new_data: { products_id: 'new key' },
      });
    });
  });

  it('lose nothing when two rows swap their keys', async () => {
    await asAnn(async () => {
      await client.query(
        `INSERT INTO products (products_id, name) VALUES ('a', 'was a'), ('b', 'was b'), ('c', 'was c')`,
      );
      // A unique key is checked row by row: a third value makes room.
      await client.query(`UPDATE products SET products_id = 'x' WHERE products_id = 'a'`);
      await client.query(
        `UPDATE products SET products_id = CASE products_id WHEN 'b' THEN 'a' ELSE 'y' END WHERE products_id IN ('b', 'c')`,
      );
      const updates = (await trail('products')).filter(({ operation }) => operation === 'UPDATE');
      expect(updates.map(({ record_id }) => record_id).sort()).toEqual([
        'a',
        'a',
        'b',
        'c',
        'x',
        'y',
      ]);
    });
  });

  it('ignore a table or function that comes first in the search path', async () => {
    await asAnn(async () => {
      await client.query(`
        CREATE SCHEMA attacker;
        CREATE TABLE attacker.audit_logs (LIKE public.audit_logs);
        CREATE TABLE attacker.stolen (what text);
        CREATE FUNCTION attacker.to_jsonb(anyelement) RETURNS jsonb LANGUAGE plpgsql AS
          $$ BEGIN INSERT INTO attacker.stolen VALUES ('to_jsonb'); RETURN '{}'; END $$;
        CREATE FUNCTION attacker.current_setting(text, boolean) RETURNS text LANGUAGE plpgsql AS
          $$ BEGIN INSERT INTO attacker.stolen VALUES ('current_setting'); RETURN NULL; END $$;
        CREATE FUNCTION attacker.now() RETURNS timestamptz LANGUAGE plpgsql AS
          $$ BEGIN INSERT INTO attacker.stolen VALUES ('now'); RETURN '2000-01-01'; END $$;
        CREATE FUNCTION attacker.differs(record, record) RETURNS boolean LANGUAGE plpgsql AS
          $$ BEGIN INSERT INTO attacker.stolen VALUES ('operator'); RETURN true; END $$;
        CREATE OPERATOR attacker.*= (LEFTARG = record, RIGHTARG = record, FUNCTION = attacker.differs);
        CREATE OPERATOR attacker.*<> (LEFTARG = record, RIGHTARG = record, FUNCTION = attacker.differs);
        CREATE TEMP TABLE audit_logs (LIKE public.audit_logs);
        SET LOCAL search_path = attacker, pg_catalog, public`);
      await client.query(`INSERT INTO public.roles (slug) VALUES ('attacked')`);
      await client.query(`UPDATE public.roles SET description = 'x' WHERE slug = 'attacked'`);
      await client.query('SET LOCAL search_path = public');
      expect((await client.query('SELECT * FROM attacker.stolen')).rows).toEqual([]);
      const { rows } = await client.query(
        `SELECT operation, user_id FROM public.audit_logs WHERE new_data ->> 'slug' = 'attacked' ORDER BY sequence`,
      );
      expect(rows).toEqual([
        { operation: 'INSERT', user_id: ann },
        { operation: 'UPDATE', user_id: ann },
      ]);
    });
  });

  it('work with an empty search path, as pg_restore sets it', async () => {
    const set = makeRows();
    await asAnn(async () => {
      await client.query(`SELECT set_config('search_path', '', true)`);
      for (const [table, row] of set.rows) {
        if (table === 'venues') await client.query('SET LOCAL search_path = public');
        await client.query(insertOf(`public.${table}`, row));
        await client.query(`SELECT set_config('search_path', '', true)`);
        const [column] = Object.keys(row);
        await client.query(`UPDATE public.${table} SET ${column} = ${column}`);
      }
      await client.query('DELETE FROM public.users');
      await client.query('SET LOCAL search_path = public');
      expect(await trail('venues')).toHaveLength(2);
    });
  });

  describe('keep values that restore exactly', () => {
    /** Deletes the row, makes it again from the trail, and compares the stored images. */
    async function restoresExactly(table: string, row: Row, set = makeRows()): Promise<boolean> {
      return asAnn(async () => {
        for (const [name, values] of set.rows) {
          if (name === table) break;
          await client.query(insertOf(name, values));
        }
        await client.query(insertOf(table, row));
        await client.query(`CREATE TEMP TABLE kept ON COMMIT DROP AS SELECT * FROM ${table}`);
        await client.query(`DELETE FROM ${table}`);
        const { rows } = await client.query(
          `SELECT count(*) FILTER (WHERE restored *= kept)::int AS same, count(*)::int AS all
           FROM kept, audit_logs a, jsonb_populate_record(NULL::${table}, a.old_data) AS restored
           WHERE a.table_name = $1 AND a.operation = 'DELETE'
             AND a.transaction_id = pg_current_xact_id()::text::bigint`,
          [table],
        );
        expect(rows[0].all).toBe(1);
        return rows[0].same === 1;
      });
    }

    it.each(tables)('of %s, except its secrets', async (table) => {
      const set = makeRows();
      const row = Object.fromEntries(
        Object.entries(set.rows.get(table)!).map(([name, value]) =>
          // A redacted value cannot be restored, so the row has the marker from the start.
          [name, set.secrets.includes(String(value)) ? redacted : value],
        ),
      );
      expect(await restoresExactly(table, row, set)).toBe(true);
    });

    it('with any Unicode in texts, and any format of numbers in JSON', async () => {
      const text = fc
        .string({ unit: 'binary', maxLength: 40 })
        .map((value) => value.replaceAll('\0', ''));
      await fc.assert(
        fc.asyncProperty(
          text,
          fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
          fc.constantFrom(
            '1.00',
            '1',
            '1e400',
            '-0.0',
            '0.1',
            '123456789012345678901234567890.10',
            '1E-20',
          ),
          fc.date({
            min: new Date('0001-01-01'),
            max: new Date('9999-01-01'),
            noInvalidDate: true,
          }),
          fc.nat({ max: 999_999 }),
          async (value, big, number, date, micros) => {
            const set = makeRows();
            const { amount_total: _, ...session } = set.rows.get('stripe_checkout_sessions')!;
            const at = `${date.toISOString().slice(0, 19)}.${String(micros).padStart(6, '0')}+00`;
            expect(
              await restoresExactly(
                'stripe_checkout_sessions',
                {
                  ...session,
                  url: value,
                  currency: `${value}x`,
                  amount_total: String(big),
                  metadata: `{"number": ${number}, ${JSON.stringify(value || 'k')}: [${number}]}`,
                  completed_at: at,
                },
                set,
              ),
            ).toBe(true);
          },
        ),
        { numRuns: isEmbedded ? 15 : 60 },
      );
    });

    it('in any time zone and date style of the session', async () => {
      const set = makeRows();
      await client.query(`SET timezone = 'Asia/Kathmandu'; SET datestyle = 'German'`);
      try {
        expect(await restoresExactly('subscriptions', set.rows.get('subscriptions')!, set)).toBe(
          true,
        );
      } finally {
        await client.query('RESET timezone; RESET datestyle');
      }
    });
  });
});

/** jsonb's spelling of an object, which the database chooses. */
function normal(recordId: string | null): string | null {
  if (recordId === null || !recordId.startsWith('{')) return recordId;
  const entries = Object.entries(JSON.parse(recordId) as Record<string, string>);
  return JSON.stringify(Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1))));
}
