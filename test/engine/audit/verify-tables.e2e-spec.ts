import { randomBytes } from 'node:crypto';
import { AuditVerifier } from '../../../src/engine/audit/verify/audit-verifier.js';
import { failure } from '../../support/scripted-app.js';
import { describeOnServer, useDatabase } from '../../support/database.js';
import { dataSourceFor } from '../../support/data-source.js';
import { useTrail } from './trail-app.js';

/** Roles belong to the whole server: the name is this run's alone. */
const role = `singr_app_${randomBytes(6).toString('hex')}`;

describe('verification finds of a table of an application’s own', () => {
  const database = useDatabase();
  const trail = useTrail(database);
  const run = (sql: string) => trail.client.query(sql);
  const problems = async () =>
    (await trail.app.get(AuditVerifier).verify()).map(
      ({ subject, problem }) => `${subject} ${problem}`,
    );

  afterEach(async () => {
    await run('DROP TABLE IF EXISTS tried CASCADE');
    await run(`DELETE FROM audit.audited_tables WHERE table_name = 'tried'`);
    await run('DROP FUNCTION IF EXISTS audit.record_tried() CASCADE');
  });

  const attach = (definition: string) =>
    run(`CREATE TABLE tried ${definition}; SELECT audit.attach('tried')`);

  it('a partition without triggers, and one with a disabled trigger', async () => {
    await attach('(id integer PRIMARY KEY) PARTITION BY LIST (id)');
    await run('CREATE TABLE tried_1 PARTITION OF tried FOR VALUES IN (1)');
    await run('ALTER TABLE tried_1 DISABLE TRIGGER "!audit_update"');
    expect(await problems()).toEqual([
      'tried has the trigger "!audit_update" switched off on its partition tried_1',
      'tried lacks the trigger "!audit_truncate" on its partition tried_1',
    ]);
  });

  it('a table that inherits from it', async () => {
    await attach('(id integer PRIMARY KEY)');
    await run('CREATE TABLE heir () INHERITS (tried)');
    expect(await problems()).toContain(
      'tried cannot be recorded exactly: public.heir inherits from it',
    );
  });

  it.each([
    ['INSERT', '"!audit_insert"'],
    ['UPDATE', '"!audit_update"'],
  ])('a trigger of its own for each row of %s that came later', async (event, name) => {
    await attach('(id integer PRIMARY KEY)');
    await run(`
      CREATE OR REPLACE FUNCTION do_nothing() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
      CREATE TRIGGER later AFTER ${event} ON tried FOR EACH ROW EXECUTE FUNCTION do_nothing();`);
    expect(await problems()).toContain(`tried has the trigger ${name} with another definition`);
    await run('SELECT audit.renew()');
    expect(await problems()).toEqual([]);
  });

  it('a trigger that would fire before the audit triggers', async () => {
    await attach('(id integer PRIMARY KEY)');
    await run(`
      CREATE OR REPLACE FUNCTION do_nothing() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
      CREATE TRIGGER "!a" AFTER INSERT ON tried EXECUTE FUNCTION do_nothing();`);
    expect(await problems()).toEqual([
      'tried cannot be recorded exactly: its trigger "!a" would fire before the audit triggers',
    ]);
  });

  it('a column that came later, also one of a type that depends on settings, or that holds money', async () => {
    await attach('(id integer PRIMARY KEY, v text)');
    await run('ALTER TABLE tried ADD COLUMN span interval');
    expect(await problems()).toEqual([
      'tried has a recording function that does not fit its columns or its options',
    ]);
    await run('SELECT audit.renew()');
    expect(await problems()).toEqual([]);
    await run('ALTER TABLE tried ADD COLUMN price money');
    expect(await problems()).toContain(
      'tried cannot be recorded exactly: the column price has the type money, whose text depends on lc_monetary',
    );
  });

  it('a recording function without a setting that its values depend on', async () => {
    await attach('(id integer PRIMARY KEY, f float8)');
    await run('ALTER FUNCTION audit.record_tried() RESET extra_float_digits');
    expect(await problems()).toEqual([
      'tried has a recording function that does not fit its columns or its options',
    ]);
  });

  it('a sequence that would number entries again', async () => {
    await run(`INSERT INTO roles (slug) VALUES ('one'), ('two')`);
    await run(`SELECT setval(pg_get_serial_sequence('audit_logs', 'sequence'), 1, false)`);
    const found = await trail.app.get(AuditVerifier).verify();
    expect(found).toMatchObject([
      {
        subject: 'audit_logs',
        problem: expect.stringMatching(/^numbers its entries from 1 on, and has some up to \d+$/),
      },
    ]);
    await run(found[0]!.remedy);
    expect(await problems()).toEqual([]);
  });
});

describeOnServer('verification of a database that was restored without privileges', () => {
  const database = useDatabase();
  const trail = useTrail(database);

  it('finds surplus privileges of PUBLIC, and missing privileges of the application', async () => {
    await trail.client.query(`CREATE ROLE ${role}; SELECT audit.grant_application('${role}');`);
    database.beforeDrop(async () => {
      await database.query(`DROP OWNED BY ${role}`);
      await database.query(`DROP ROLE ${role}`);
    });
    // After pg_restore --no-acl, every object has its default privileges.
    await trail.client.query(`
      REVOKE ALL ON ALL TABLES IN SCHEMA public, audit FROM ${role};
      GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA audit TO PUBLIC;`);
    const found = await trail.app.get(AuditVerifier).verify();
    const texts = found.map(({ subject, problem }) => `${subject} ${problem}`);
    expect(texts).toContain(
      'audit.prune(text,timestamp with time zone,integer) lets everybody call it',
    );
    expect(texts).toContainEqual(
      expect.stringMatching(
        `^${role} has lost its right to DELETE, INSERT, SELECT, UPDATE .* and 33 other tables$`,
      ),
    );
    for (const { remedy } of found) await trail.client.query(remedy);
    expect(await trail.app.get(AuditVerifier).verify()).toEqual([]);
  });
});

describe('migrations that change a table without auditTable()', () => {
  const database = useDatabase();

  class Forgetful1796000000000 {
    name = 'Forgetful1796000000000';
    async up(queryRunner: { query(sql: string): Promise<unknown> }): Promise<void> {
      await queryRunner.query(
        'ALTER TABLE venues ADD COLUMN mood text; ALTER TABLE venues RENAME COLUMN city TO town',
      );
    }
    async down(): Promise<void> {}
  }
  class Careless1797000000000 {
    name = 'Careless1797000000000';
    async up(queryRunner: { query(sql: string): Promise<unknown> }): Promise<void> {
      await queryRunner.query('ALTER TABLE users RENAME COLUMN password_hash TO digest');
    }
    async down(): Promise<void> {}
  }

  const migrate = async (migrations: readonly unknown[]) => {
    const dataSource = dataSourceFor({ ...database.options, migrations: migrations as never });
    await dataSource.initialize();
    try {
      return await dataSource.runMigrations();
    } finally {
      await dataSource.destroy();
    }
  };

  it('renew its triggers, or fail when a redacted column is missing', async () => {
    await migrate([Forgetful1796000000000]);
    const [{ current }] = (await database.query(
      `SELECT audit.is_current('venues', '{}') AS current`,
    )) as [{ current: boolean }];
    expect(current).toBe(true);
    const refused = await failure(migrate([Forgetful1796000000000, Careless1797000000000]));
    expect(refused.message).toMatch(/users has no column "password_hash" to redact/);
    const columns = await database.query(
      `SELECT FROM pg_attribute WHERE attrelid = 'users'::regclass AND attname = 'digest'`,
    );
    expect(columns).toEqual([]);
  });
});
