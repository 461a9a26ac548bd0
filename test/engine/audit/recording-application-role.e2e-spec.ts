import { randomBytes } from 'node:crypto';
import type pg from 'pg';
import { failure } from '../../support/scripted-app.js';
import { isEmbedded, useDatabase } from '../../support/database.js';
import { insertOf, makeRows } from './rows.js';

/** Roles belong to the whole server: the name is this run's alone. */
const role = `singr_app_${randomBytes(6).toString('hex')}`;

describe('the role of an application', () => {
  const database = useDatabase();
  let client: pg.Client;

  beforeAll(async () => {
    client = await database.connect();
    await client.query(`CREATE ROLE ${role}`);
    database.beforeDrop(async () => {
      // The embedded engine goes with the suite, and its roles with it.
      if (isEmbedded) return;
      await client.query(`DROP OWNED BY ${role}`);
      await client.query(`DROP ROLE ${role}`);
    });
    await client.query('SELECT audit.grant_application($1)', [role]);
  });

  /** Runs statements as the role, and undoes them. */
  async function asApplication<T>(work: () => Promise<T>): Promise<T> {
    await client.query(`BEGIN`);
    await client.query(`SET LOCAL SESSION AUTHORIZATION ${role}`);
    try {
      return await work();
    } finally {
      await client.query('ROLLBACK');
    }
  }

  it('can insert, select, update and delete in all 30 tables, and use their sequences', async () => {
    const { rows } = makeRows();
    await asApplication(async () => {
      for (const [table, row] of rows) {
        const serial = ['songdb_id', 'requests_id', 'stripe_webhook_events_id'];
        const drawn = Object.fromEntries(
          Object.entries(row).filter(([name]) => !serial.includes(name)),
        );
        await client.query(insertOf(table, drawn));
        expect((await client.query(`SELECT * FROM ${table}`)).rows.length).toBeGreaterThan(0);
        const [column] = Object.keys(drawn);
        await client.query(`UPDATE ${table} SET ${column} = ${column}`);
      }
      for (const table of [...rows.keys()].reverse()) await client.query(`DELETE FROM ${table}`);
      const { rows: trail } = await client.query(
        `SELECT count(DISTINCT table_name)::int AS tables, min(database_role) AS role
         FROM audit_logs WHERE transaction_id = pg_current_xact_id()::text::bigint`,
      );
      expect(trail).toEqual([{ tables: 30, role }]);
    });
  });

  const forged = `(table_name, operation, transaction_id, database_role) VALUES ('users', 'DELETE', 1, 'x')`;

  it.each([
    ['insert an audit row', `INSERT INTO audit_logs ${forged}`],
    ['insert into a partition', `INSERT INTO audit.audit_logs_default ${forged}`],
    ['change an audit row', `UPDATE audit_logs SET user_id = NULL`],
    ['delete an audit row', `DELETE FROM audit_logs`],
    ['delete from a partition', `DELETE FROM audit.audit_logs_default`],
    ['truncate the trail', `TRUNCATE audit_logs`],
    ['lock the trail against writers', `LOCK TABLE audit_logs IN SHARE MODE`],
    ['lock its rows', `SELECT * FROM audit_logs FOR UPDATE`],
    [
      'do so as a maintenance function does',
      `SET LOCAL audit.maintenance = 'on'; DELETE FROM audit_logs`,
    ],
    [
      'do so by the partitions’ maintenance',
      `SET LOCAL audit.maintenance = 'on'; DELETE FROM audit.audit_logs_default`,
    ],
    ['truncate an audited table', `TRUNCATE state`],
    [
      'forge entries with a trigger on a table of its own',
      `CREATE TEMP TABLE users (users_id uuid); CREATE TRIGGER forged AFTER INSERT ON users
         REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION audit.record_users()`,
    ],
    ['switch off a trigger', `ALTER TABLE users DISABLE TRIGGER "!audit_insert"`],
    ['drop a trigger', `DROP TRIGGER "!audit_insert" ON users`],
    ['switch off all triggers of the session', `SET session_replication_role = replica`],
    [
      'put a trigger of its own on a table',
      `CREATE TRIGGER mine BEFORE INSERT ON users FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger()`,
    ],
    ['put a rule on a table', `CREATE RULE mine AS ON INSERT TO users DO INSTEAD NOTHING`],
    [
      'replace a recording function',
      `CREATE OR REPLACE FUNCTION audit.record_users() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$`,
    ],
    [
      'make a function in the schema audit',
      `CREATE FUNCTION audit.mine() RETURNS int LANGUAGE sql AS 'SELECT 1'`,
    ],
    ['make a table in the schema public', `CREATE TABLE public.mine (id int)`],
    ['declare a table not to be audited', `DELETE FROM audit.audited_tables`],
    ['detach a table', `SELECT audit.detach('users')`],
    ['attach a table', `SELECT audit.attach('users', '{}')`],
    ['make partitions', `SELECT audit.create_partitions(1)`],
    ['prune a table', `SELECT audit.prune('sessions', now(), 1)`],
    ['drop an old month', `SELECT audit.drop_month('audit_logs_2020_01')`],
    ['erase from the trail', `SELECT audit.erase('users', '{x}', '{email}')`],
    [
      'record what no function of the module checked',
      `SELECT audit.add_entry('x', 'y', 'z', '{}')`,
    ],
    ['grant itself more', `SELECT audit.grant_application('${role}')`],
    ['draw from the trail’s sequence', `SELECT setval('audit_logs_sequence_seq', 1)`],
    ['become the owner', `SET ROLE postgres`],
  ])('cannot %s', async (_what, statement) => {
    const error = await asApplication(() => failure(client.query(statement)));
    expect(error).toMatchObject({ code: '42501' });
  });

  it('cannot copy into the trail', async () => {
    const copy = 'COPY audit_logs (table_name) FROM STDIN';
    const error = await asApplication(() => failure(client.query(copy)));
    // The embedded engine refuses to copy into anything.
    expect(error).toMatchObject({ code: isEmbedded ? '0A000' : '42501' });
  });

  // The embedded engine stays with the role after its first refusal.
  const itOnServer = isEmbedded ? it.skip : it;
  itOnServer('cannot execute the recording function of a table that is audited later', async () => {
    await client.query('BEGIN');
    try {
      await client.query(
        `CREATE TABLE menus (menus_id uuid PRIMARY KEY); SELECT audit.attach('menus')`,
      );
      const { rows } = await client.query(
        `SELECT has_function_privilege($1, 'audit.record_menus()', 'execute') AS may`,
        [role],
      );
      expect(rows).toEqual([{ may: false }]);
    } finally {
      await client.query('ROLLBACK');
    }
  });
});
