import type pg from 'pg';
import type { EntityManager } from 'typeorm';
import {
  ActorContext,
  Role,
  SongDb,
  SongRepository,
  type DatabaseDataSource,
} from '@singr/database';
import { ann } from '../../support/people.js';
import { newSlug, writersOf } from '../../support/trail.js';
import { dataSourceFor } from '../../support/data-source.js';
import { useDatabase } from '../../support/database.js';

const insertTime = 'INSERT INTO visits (at) VALUES ($1)';
const insertMood = 'INSERT INTO moods (mood) VALUES ($1)';

/**
 * One connection, whose session has run each statement before the schema changes. What PostgreSQL found out
 * about it then must not decide how it reads the values now.
 */
describe('a statement that ran before the schema changed', () => {
  const database = useDatabase();
  let dataSource: DatabaseDataSource;
  /** Another process. It stays connected: the embedded engine resets its session when a connection ends. */
  let other: pg.Client;

  beforeAll(async () => {
    other = await database.connect();
  });

  beforeEach(async () => {
    dataSource = await dataSourceFor({ ...database.options, poolSize: 1 }).initialize();
  });

  afterEach(async () => {
    await dataSource.destroy();
    await other.query(`
      DROP SCHEMA IF EXISTS tenant_a, tenant_b CASCADE;
      DROP TABLE IF EXISTS pg_temp.visits, public.visits, moods;
      DROP TYPE IF EXISTS mood`);
  });

  /** The only column of a table's last row, as text. */
  const last = async (table: string): Promise<string> => {
    const rows = await dataSource.query<{ row: string }[]>(
      `SELECT (SELECT value FROM jsonb_each_text(to_jsonb(t.*))) AS row FROM ${table} AS t ORDER BY ctid`,
    );
    return rows.at(-1)!.row;
  };

  it.each([
    ['timestamp', 'timestamptz', '2024-06-01T10:00:00+05:00', '2024-06-01T05:00:00+00:00'],
    ['date', 'timestamp', '2024-06-01T10:30:00', '2024-06-01T10:30:00'],
    ['real', 'double precision', '0.123456789012', '0.123456789012'],
    ['numeric', 'text', '00.10', '00.10'],
    ['char(5)', 'text', 'ab  ', 'ab  '],
    ['bigint', 'numeric', '12.75', '12.75'],
  ])('loses nothing when another process makes a column of %s one of %s', async (...row) => {
    const [before, after, value, stored] = row;
    await dataSource.query(`CREATE TABLE visits (at ${before})`);
    await dataSource.query(insertTime, [null]);
    await other.query(`ALTER TABLE visits ALTER at TYPE ${after}`);
    await dataSource.query(insertTime, [value]);
    expect(await last('visits')).toBe(stored);
  });

  it('accepts the values of an enum that was dropped and created again', async () => {
    await dataSource.query(`CREATE TYPE mood AS ENUM ('glad')`);
    await dataSource.query('CREATE TABLE moods (mood mood)');
    await dataSource.query(insertMood, ['glad']);
    await other.query('ALTER TABLE moods ALTER mood TYPE text; DROP TYPE mood');
    await other.query(`CREATE TYPE mood AS ENUM ('glad', 'sad')`);
    await other.query('ALTER TABLE moods ALTER mood TYPE mood USING mood::mood');
    await dataSource.query(insertMood, ['sad']);
    expect(await last('moods')).toBe('sad');
  });

  it('reads values by the domain that the column has now', async () => {
    await dataSource.query('CREATE DOMAIN mood AS integer CHECK (VALUE < 10)');
    await dataSource.query('CREATE TABLE moods (mood mood)');
    await dataSource.query(insertMood, ['1']);
    await other.query('DROP DOMAIN mood CASCADE');
    await other.query('CREATE DOMAIN mood AS numeric CHECK (VALUE < 100)');
    await other.query('ALTER TABLE moods ADD mood mood');
    await dataSource.query(insertMood, ['12.5']);
    expect(await last('moods')).toBe('12.5');
  });

  describe('with a schema for each tenant', () => {
    beforeEach(async () => {
      for (const tenant of ['tenant_a', 'tenant_b']) await makeTenant(tenant);
    });

    const makeTenant = (tenant: string) =>
      other.query(`
        CREATE SCHEMA ${tenant};
        CREATE TYPE ${tenant}.mood AS ENUM ('of ${tenant}');
        CREATE TABLE ${tenant}.moods (mood ${tenant}.mood)`);

    const insertFor = async (tenant: string, manager: EntityManager = dataSource.manager) => {
      await manager.query(insertMood, [`of ${tenant}`]);
      expect(await last(`${tenant}.moods`)).toBe(`of ${tenant}`);
    };

    /** For the session. */
    const choose = (tenant: string) => dataSource.query(`SET search_path = ${tenant}, public`);

    it('writes to the schema that SET has chosen', async () => {
      for (const tenant of ['tenant_a', 'tenant_b', 'tenant_a']) {
        await choose(tenant);
        await insertFor(tenant);
      }
    });

    it('writes to the schema that set_config() has chosen', async () => {
      for (const tenant of ['tenant_a', 'tenant_b', 'tenant_a']) {
        await dataSource.query(`SELECT set_config('search_path', $1, false)`, [tenant]);
        await insertFor(tenant);
      }
    });

    it('writes to the schema that SET LOCAL has chosen for the transaction', async () => {
      for (const tenant of ['tenant_a', 'tenant_b', 'tenant_a']) {
        await dataSource.transaction(async (manager) => {
          await manager.query(`SET LOCAL search_path = ${tenant}, public`);
          await insertFor(tenant, manager);
        });
      }
    });

    it('writes to a schema that was dropped and created again', async () => {
      await choose('tenant_a');
      await insertFor('tenant_a');
      await other.query('DROP SCHEMA tenant_a CASCADE');
      await makeTenant('tenant_a');
      await choose('tenant_a');
      await insertFor('tenant_a');
    });

    it('writes to a table that came into an earlier schema of the search path', async () => {
      await dataSource.query('CREATE TABLE public.visits (at text)');
      await choose('tenant_a');
      await dataSource.query(insertTime, ['to public']);
      await other.query('CREATE TABLE tenant_a.visits (at text)');
      await choose('tenant_a');
      await dataSource.query(insertTime, ['to the tenant']);
      expect(await last('tenant_a.visits')).toBe('to the tenant');
      expect(await last('public.visits')).toBe('to public');
    });
  });

  it('sets the actor even if the search path has another set_config() first', async () => {
    await other.query(`
      CREATE SCHEMA tenant_a;
      CREATE FUNCTION tenant_a.set_config(name text, value text, is_local boolean) RETURNS text
        LANGUAGE sql AS $$ SELECT value $$`);
    const slug = newSlug();
    await ActorContext.run({ userId: ann }, async () => {
      await dataSource.query('SET search_path = tenant_a, pg_catalog, public');
      await dataSource.query('INSERT INTO public.roles (slug) VALUES ($1)', [slug]);
    });
    expect(await writersOf(database, slug)).toEqual([ann]);
  });

  it('is not kept prepared by the session, nor are BEGIN and searches of songs', async () => {
    const songs = new SongRepository(SongDb, dataSource.manager);
    for (const query of ['quee', 'queen']) await songs.search({ query });
    for (const slug of [newSlug(), newSlug()]) {
      await ActorContext.run({ userId: ann }, () =>
        dataSource.transaction((manager) => manager.insert(Role, { slug })),
      );
    }
    expect(await dataSource.query('SELECT statement FROM pg_prepared_statements')).toEqual([]);
  });

  it('writes to a new temporary table that hides a table', async () => {
    await dataSource.query('CREATE TABLE visits (at text)');
    // The session's schema of temporary tables is there before the statement first runs.
    await dataSource.query('CREATE TEMPORARY TABLE visitors ()');
    await dataSource.query(insertTime, ['to the table']);
    await dataSource.query('CREATE TEMPORARY TABLE visits (at text)');
    await dataSource.query(insertTime, ['to the temporary one']);
    expect(await last('pg_temp.visits')).toBe('to the temporary one');
    expect(await last('public.visits')).toBe('to the table');
  });

  it('follows a change of its own transaction, and the rollback of it', async () => {
    const evening = '2024-06-01T20:30:00';
    await dataSource.query('CREATE TABLE visits (at date)');
    await dataSource.query(insertTime, [evening]);
    const changed = dataSource.transaction(async (manager) => {
      await manager.query(insertTime, [evening]);
      await manager.query('ALTER TABLE visits ALTER at TYPE timestamp');
      await manager.query(insertTime, [evening]);
      expect(await last('visits')).toBe(evening);
      throw new Error('as planned');
    });
    await expect(changed).rejects.toThrow('as planned');
    await dataSource.query(insertTime, [evening]);
    expect(await last('visits')).toBe('2024-06-01');
  });

  it('follows a change that falls back to a savepoint', async () => {
    const evening = '2024-06-01T20:30:00';
    await dataSource.query('CREATE TABLE visits (at date)');
    await dataSource.query(insertTime, [evening]);
    await dataSource.transaction(async (manager) => {
      const changed = dataSource.transaction(async (inner) => {
        await inner.query('ALTER TABLE visits ALTER at TYPE timestamp');
        await inner.query(insertTime, [evening]);
        expect(await last('visits')).toBe(evening);
        throw new Error('as planned');
      });
      await expect(changed).rejects.toThrow('as planned');
      await manager.query(insertTime, [evening]);
    });
    expect(await last('visits')).toBe('2024-06-01');
    await other.query('ALTER TABLE visits ALTER at TYPE timestamp');
    await dataSource.query(insertTime, [evening]);
    expect(await last('visits')).toBe(evening);
  });

  it('continues in the transaction in which the schema changed', async () => {
    const insert = 'INSERT INTO visits (at) VALUES ($1) RETURNING at';
    await dataSource.query('CREATE TABLE visits (at integer)');
    await dataSource.query(insert, ['1']);
    await other.query('ALTER TABLE visits ALTER at TYPE text');
    await dataSource.transaction(async (manager) => {
      await manager.query('SELECT 1');
      await manager.query(insert, ['one']);
    });
    expect(await last('visits')).toBe('one');
  });
});
