import { randomBytes } from 'node:crypto';
import { AuditVerifier } from '../../../src/engine/audit/verify/audit-verifier.js';
import * as checks from '../../../src/engine/audit/verify/checks.js';
import { failure } from '../../support/scripted-app.js';
import { describeOnServer, isEmbedded, useDatabase } from '../../support/database.js';
import { createTestApp } from '../../support/test-app.js';
import { useTrail } from './trail-app.js';

/** Roles belong to the whole server: the name is this run's alone. */
const role = `singr_app_${randomBytes(6).toString('hex')}`;

// Each case compares the whole schema, which takes seconds on the embedded engine.
describe('verification of the trail', () => {
  const database = useDatabase();
  const trail = useTrail(database);

  beforeAll(async () => {
    await trail.client.query(`CREATE ROLE ${role} LOGIN PASSWORD '${role}'`);
    database.beforeDrop(async () => {
      // The embedded engine goes with the suite, and its roles with it.
      if (isEmbedded) return;
      await database.query(`DROP OWNED BY ${role}`);
      await database.query(`DROP ROLE ${role}`);
    });
    await trail.client.query('SELECT audit.grant_application($1)', [role]);
  });

  const verify = () => trail.app.get(AuditVerifier).verify();

  /** Follows the remedy of a problem. */
  const carryOut = (remedy: string) => trail.client.query(remedy.replace(/^in a migration: /, ''));

  /**
   * Expects exactly the named problems, and that their remedies mend them. One may hide behind another:
   * then what is left is mended next.
   */
  async function expectMendable(subjects: readonly string[], problem: RegExp): Promise<void> {
    const problems = await verify();
    expect(problems.map(({ subject }) => subject)).toEqual(subjects);
    for (const found of problems) expect(found.problem).toMatch(problem);
    for (const { remedy } of problems) await carryOut(remedy);
    const hidden = await verify();
    if (hidden.length === 0) return;
    for (const { remedy } of hidden) await carryOut(remedy);
    expect(await verify()).toEqual([]);
  }

  afterEach(async () => {
    // No test may pass because another left something behind.
    expect(await verify()).toEqual([]);
  });

  it('finds no problems in a newly migrated database', async () => {
    expect(await verify()).toEqual([]);
  });

  it('is planned for as many tables as there are, so that no server compiles it first', async () => {
    const { rows: settings } = await trail.client.query<{ cost: number }>(
      `SELECT boot_val::float AS cost FROM pg_settings WHERE name = 'jit_above_cost'`,
    );
    for (const sql of Object.values(checks)) {
      const parameters = sql.includes('$1') ? [[]] : [];
      const { rows } = await trail.client.query(`EXPLAIN (FORMAT JSON) ${sql}`, parameters);
      const [{ Plan: plan }] = rows[0]['QUERY PLAN'];
      expect(plan['Total Cost']).toBeLessThan(settings[0]!.cost);
    }
  });

  describeOnServer('finds a trigger', () => {
    it.each(['insert', 'update', 'delete', 'truncate'])('for %s that is missing', async (event) => {
      for (const table of ['users', 'requests']) {
        await trail.client.query(`DROP TRIGGER "!audit_${event}" ON ${table}`);
        await expectMendable([table], new RegExp(`lacks the trigger "!audit_${event}"`));
      }
    });

    it('that is disabled', async () => {
      await trail.client.query('ALTER TABLE venues DISABLE TRIGGER "!audit_update"');
      await expectMendable(['venues'], /has the trigger "!audit_update" switched off/);
    });

    it('that fires on replicas only', async () => {
      await trail.client.query('ALTER TABLE venues ENABLE REPLICA TRIGGER "!audit_delete"');
      await expectMendable(['venues'], /"!audit_delete" switched off/);
    });

    it('but not one that fires always', async () => {
      await trail.client.query('ALTER TABLE venues ENABLE ALWAYS TRIGGER "!audit_delete"');
      expect(await verify()).toEqual([]);
    });

    it('that calls another function', async () => {
      await trail.client.query(`
        CREATE FUNCTION do_nothing() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
        CREATE OR REPLACE TRIGGER "!audit_insert" AFTER INSERT ON venues
          REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION do_nothing();`);
      await expectMendable(['venues'], /has the trigger "!audit_insert" calling do_nothing/);
      await trail.client.query('DROP FUNCTION do_nothing');
    });

    it('that calls another table’s function', async () => {
      await trail.client.query(
        `CREATE OR REPLACE TRIGGER "!audit_truncate" AFTER TRUNCATE ON venues
           FOR EACH STATEMENT EXECUTE FUNCTION audit.record_users()`,
      );
      const problems = await verify();
      expect(problems.map(({ problem }) => problem)).toEqual(
        expect.arrayContaining([expect.stringMatching(/calling audit\.record_users/)]),
      );
      await trail.client.query(`SELECT audit.attach('venues')`);
    });

    it('that is restricted to some columns or rows', async () => {
      await trail.client.query(
        `CREATE OR REPLACE TRIGGER "!audit_update" AFTER UPDATE OF artist ON requests
           FOR EACH ROW EXECUTE FUNCTION audit.record_requests()`,
      );
      await expectMendable(['requests'], /"!audit_update" with another definition/);
      await trail.client.query(
        `CREATE OR REPLACE TRIGGER "!audit_delete" AFTER DELETE ON requests
           FOR EACH ROW WHEN (OLD.processed) EXECUTE FUNCTION audit.record_requests()`,
      );
      await expectMendable(['requests'], /"!audit_delete" with another definition/);
    });

    it('that records a second time, or somewhere else', async () => {
      await trail.client.query(`
        CREATE TABLE elsewhere (id integer PRIMARY KEY);
        CREATE TRIGGER again AFTER TRUNCATE ON venues EXECUTE FUNCTION audit.record_venues();
        CREATE TRIGGER forged AFTER TRUNCATE ON elsewhere EXECUTE FUNCTION audit.record_users();`);
      const problems = await verify();
      expect(problems.map(({ problem }) => problem)).toEqual([
        'is not audited',
        'has a trigger forged besides its own that calls audit.record_users',
        'has a trigger again besides its own that calls audit.record_venues',
      ]);
      for (const { remedy } of problems.slice(1)) await carryOut(remedy);
      await trail.client.query('DROP TABLE elsewhere');
    });

    it('of the level that the table needed before it got another foreign key', async () => {
      await trail.client.query(
        'ALTER TABLE songdb ADD COLUMN users_id uuid REFERENCES users (users_id) ON DELETE SET NULL',
      );
      const problems = await verify();
      expect(problems.map(({ subject }) => subject)).toEqual(['songdb', 'songdb']);
      for (const { remedy } of problems) await carryOut(remedy);
      expect(await verify()).toEqual([]);
      await trail.client.query('ALTER TABLE songdb DROP COLUMN users_id');
      await trail.client.query(`SELECT audit.attach('songdb')`);
    });
  });

  describeOnServer('finds a table', () => {
    it('that has no triggers', async () => {
      await trail.client.query('CREATE TABLE "New table" (id integer PRIMARY KEY)');
      expect(await trail.app.get(AuditVerifier).verify({ exempt: ['New table'] })).toEqual([]);
      // A name that needs quoting is the one case where its remedy does.
      await trail.client.query('ALTER TABLE "New table" RENAME TO new_table');
      await expectMendable(['new_table'], /is not audited/);
      await trail.client.query('INSERT INTO new_table VALUES (1)');
      const { entries } = await trail.audit.history({ table: 'new_table' });
      expect(entries).toHaveLength(1);
      await trail.client.query(`SELECT audit.detach('new_table'); DROP TABLE new_table;`);
    });

    it('that was dropped', async () => {
      await trail.client.query(`
        CREATE TABLE gone (id integer PRIMARY KEY);
        SELECT audit.attach('gone');
        DROP TABLE gone;`);
      await expectMendable(['gone'], /is listed as audited and does not exist/);
      await trail.client.query('DROP FUNCTION audit.record_gone');
    });

    it('with a new column that its function does not know', async () => {
      await trail.client.query('ALTER TABLE songdb ADD COLUMN year integer');
      await expectMendable(['songdb'], /does not fit its columns or its options/);
      await trail.client.query('ALTER TABLE songdb DROP COLUMN year');
      await expectMendable(['songdb'], /does not fit its columns/);
    });

    it('whose function was replaced', async () => {
      await trail.client.query(
        `CREATE OR REPLACE FUNCTION audit.record_venues() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
           SET search_path = pg_catalog, pg_temp AS 'BEGIN RETURN NULL; END'`,
      );
      await expectMendable(['venues'], /does not fit/);
    });

    it('whose function was dropped with its triggers', async () => {
      await trail.client.query('DROP FUNCTION audit.record_venues() CASCADE');
      const problems = await verify();
      expect(problems).toHaveLength(5);
      await carryOut(problems.find(({ problem }) => /no recording function/.test(problem))!.remedy);
      expect(await verify()).toEqual([]);
    });

    it('whose secrets are recorded', async () => {
      await trail.client.query(`SELECT audit.attach('users')`);
      await expectMendable(
        ['users'],
        /redacts \[\], and its entity marks \[password_hash\] as @Sensitive/,
      );
    });

    it('that redacts a column without a secret', async () => {
      await trail.client.query(`SELECT audit.attach('venues', '{name}')`);
      await expectMendable(['venues'], /redacts \[name\], and its entity marks \[\]/);
    });
  });

  describeOnServer('finds a function', () => {
    it('without a fixed search path', async () => {
      await trail.client.query('ALTER FUNCTION audit.record_users() RESET search_path');
      await expectMendable(['audit.record_users()'], /no fixed search path/);
      await trail.client.query('ALTER FUNCTION public.set_updated_at() RESET search_path');
      await expectMendable(['set_updated_at()'], /no fixed search path/);
    });

    it('whose search path leads through a schema that others may write to', async () => {
      await trail.client.query(
        'ALTER FUNCTION audit.record_users() SET search_path = public, pg_catalog',
      );
      await expectMendable(['audit.record_users()'], /others may write to/);
    });

    it('that does not run as its owner', async () => {
      await trail.client.query('ALTER FUNCTION audit.record_users() SECURITY INVOKER');
      await expectMendable(['audit.record_users()'], /does not run as its owner/);
    });
  });

  describeOnServer('finds that the trail can be changed', () => {
    it('without its trigger, and the remedy also restores its partitions', async () => {
      await trail.client.query('DROP TRIGGER audit_logs_append_only ON audit_logs');
      await expectMendable(['audit_logs'], /lacks the trigger audit_logs_append_only/);
      await trail.plant();
      const { rows } = await trail.client.query<{ part: string }>(
        'SELECT DISTINCT tableoid::regclass::text AS part FROM audit_logs',
      );
      for (const { part } of rows) {
        expect(await failure(trail.client.query(`DELETE FROM ${part}`))).toMatchObject({
          message: expect.stringMatching(/append-only/),
        });
      }
      expect(await failure(trail.client.query('DELETE FROM audit_logs'))).toMatchObject({
        message: expect.stringMatching(/append-only/),
      });
    });

    it('with its trigger disabled, on the table or a partition', async () => {
      await trail.client.query(
        'ALTER TABLE audit.audit_logs_default DISABLE TRIGGER audit_logs_append_only',
      );
      await expectMendable(['audit.audit_logs_default'], /append_only switched off/);
      await trail.client.query('ALTER TABLE audit_logs DISABLE TRIGGER audit_logs_append_only');
      const problems = await verify();
      expect(problems.length).toBeGreaterThan(2);
      for (const { remedy } of problems) await carryOut(remedy);
    });

    it('by TRUNCATE, on the table or a partition', async () => {
      for (const part of ['audit_logs', 'audit.audit_logs_default']) {
        await trail.client.query(`DROP TRIGGER audit_logs_no_truncate ON ${part}`);
        await expectMendable([part], /lacks the trigger audit_logs_no_truncate/);
      }
    });

    it('with a trigger that refuses nothing', async () => {
      await trail.client.query(`
        CREATE FUNCTION allow() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN OLD; END';
        CREATE OR REPLACE TRIGGER audit_logs_no_truncate BEFORE TRUNCATE ON audit_logs
          EXECUTE FUNCTION allow();`);
      await expectMendable(['audit_logs'], /no_truncate calling allow/);
      await trail.client.query('DROP FUNCTION allow');
    });

    it('by a setting of new sessions', async () => {
      const [{ name }] = (
        await trail.client.query<{ name: string }>('SELECT quote_ident(current_database()) AS name')
      ).rows as [{ name: string }];
      await trail.client.query(`ALTER DATABASE ${name} SET audit.maintenance = 'on'`);
      await expectMendable([`DATABASE ${name}`], /begins its sessions with audit\.maintenance=on/);
      await trail.client.query(
        `ALTER ROLE ${role} IN DATABASE ${name} SET session_replication_role = 'replica'`,
      );
      await expectMendable([`ROLE ${role} IN DATABASE ${name}`], /session_replication_role/);
    });
  });

  describeOnServer('finds a surplus privilege', () => {
    it.each([
      ['to write entries', 'INSERT ON audit_logs', ['audit_logs']],
      ['to change them', 'UPDATE, DELETE, TRUNCATE ON audit_logs', Array(3).fill('audit_logs')],
      ['to change a column of them', 'UPDATE (user_id) ON audit_logs', ['audit_logs']],
      ['to change a month', 'DELETE ON audit.audit_logs_default', ['audit.audit_logs_default']],
      [
        'to set their order',
        'UPDATE ON SEQUENCE audit_logs_sequence_seq',
        ['audit_logs_sequence_seq'],
      ],
      ['to change what is redacted', 'UPDATE ON audit.audited_tables', ['audit.audited_tables']],
      ['to make something in the schema', 'CREATE ON SCHEMA audit', ['schema audit']],
      [
        'to call what is the owner’s',
        'EXECUTE ON FUNCTION audit.prune(text, timestamptz, integer)',
        [expect.stringMatching(/^audit\.prune/)],
      ],
      [
        'to hang a recorder on a table',
        'EXECUTE ON FUNCTION audit.record_users()',
        ['audit.record_users()'],
      ],
    ])('%s', async (_what, right, subjects) => {
      for (const grantee of [role, 'PUBLIC']) {
        await trail.client.query(`GRANT ${right} TO ${grantee}`);
        await expectMendable(subjects as string[], grantee === role ? RegExp(role) : /everybody/);
      }
    });
  });

  it('finds several problems at once', async () => {
    await trail.client.query(`
      DROP TRIGGER "!audit_delete" ON users;
      ALTER TABLE venues DISABLE TRIGGER "!audit_insert";
      GRANT DELETE ON audit_logs TO ${role};`);
    expect((await verify()).map(({ subject }) => subject)).toEqual([
      'users',
      'venues',
      'audit_logs',
    ]);
    for (const { remedy } of await verify()) await carryOut(remedy);
  });

  describeOnServer('as the application’s role', () => {
    it('is refused', async () => {
      const url = new URL(database.url);
      url.username = role;
      url.password = role;
      const app = await createTestApp(database, { databaseOptions: { url: url.href } });
      expect(await failure(app.get(AuditVerifier).verify())).toMatchObject({
        code: 'NOT_THE_OWNER',
      });
    });
  });
});
