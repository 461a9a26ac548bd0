import { describeOnServer, useDatabase } from '../support/database.js';
import { runCommand, type Outcome } from './run-command.js';

const database = useDatabase();
const check = () => runCommand(database, ['check']);

/** Checks with one thing changed, which is then put back. */
async function checkWith(change: string, undo: string): Promise<Outcome> {
  await database.query(change);
  try {
    return await check();
  } finally {
    await database.query(undo);
  }
}

describeOnServer('npm run db:check', () => {
  it('finds nothing in a migrated database', async () => {
    await expect(check()).resolves.toEqual({
      exitCode: 0,
      out: 'The database, the entities and migrations/schema.sql agree.\n',
      err: '',
    });
  });

  it('names a column that only the database has', async () => {
    const { exitCode, err } = await checkWith(
      'ALTER TABLE state ADD COLUMN mood text',
      'ALTER TABLE state DROP COLUMN mood; SELECT audit.renew()',
    );
    expect(exitCode).toBe(1);
    expect(err).toContain('TypeORM would run: ALTER TABLE "state" DROP COLUMN "mood"');
    expect(err).toMatch(
      /differs from migrations\/schema\.sql: the table public\.state\.\n.*\+ mood text/,
    );
  });

  it('names a table that lost an audit trigger, and one without the trigger of updated_at', async () => {
    const { exitCode, err } = await checkWith(
      `DROP TRIGGER "!audit_update" ON venues; ALTER TABLE systems DISABLE TRIGGER systems_set_updated_at`,
      `SELECT audit.attach('venues'); ALTER TABLE systems ENABLE TRIGGER systems_set_updated_at`,
    );
    expect(exitCode).toBe(1);
    expect(err).toMatch(/^venues .*"!audit_update"/m);
    expect(err).toContain('The table systems lacks its trigger systems_set_updated_at');
  });

  it('names an index that is missing', async () => {
    const { exitCode, err } = await checkWith(
      `DROP INDEX idx_venues_location`,
      `CREATE INDEX idx_venues_location ON venues USING gist (location)`,
    );
    expect(exitCode).toBe(1);
    expect(err).toContain('idx_venues_location');
  });

  it('names a function whose body was changed', async () => {
    const [{ definition }] = await database.query(
      `SELECT pg_get_functiondef('public.set_updated_at'::regproc) AS definition`,
    );
    const { exitCode, err } = await checkWith(
      definition.replace('NEW.updated_at := now();', 'NULL;'),
      definition,
    );
    expect(exitCode).toBe(1);
    expect(err).toMatch(
      /differs from migrations\/schema\.sql: the function public\.set_updated_at.*\n[^]*- +NEW\.updated_at := now\(\);/,
    );
  });

  // TypeORM knows nothing of these: only the dump tells.
  it.each([
    [
      'an index over an expression that only the database has',
      'CREATE INDEX venues_loud ON venues (upper(name))',
      'DROP INDEX venues_loud',
      '+ CREATE INDEX venues_loud',
    ],
    [
      'a view that only the database has',
      'CREATE VIEW loud_venues AS SELECT upper(name) AS name FROM venues',
      'DROP VIEW loud_venues',
      'the view public.loud_venues',
    ],
  ])('names %s', async (_what, change, undo, named) => {
    const { exitCode, err } = await checkWith(change, undo);
    expect(exitCode).toBe(1);
    expect(err).toContain(named);
  });

  it('names an invalid index, which migrate rebuilds', async () => {
    await database.query(
      `INSERT INTO roles (slug, description) VALUES ('one', 'same'), ('two', 'same')`,
    );
    const build = 'CREATE UNIQUE INDEX CONCURRENTLY roles_description ON roles (description)';
    await expect(database.query(build)).rejects.toThrow('could not create unique index');
    const { exitCode, err } = await check();
    expect(exitCode).toBe(1);
    expect(err).toContain('The index roles_description of roles is invalid');

    const failed = await runCommand(database, ['migrate']);
    expect(failed.out + failed.err).toContain('roles_description could not be rebuilt');
    await database.query(`DELETE FROM roles WHERE slug IN ('one', 'two')`);
    const { out } = await runCommand(database, ['migrate']);
    expect(out).toContain('rebuilt the invalid index roles_description');
    expect((await check()).err).not.toContain('is invalid');
    await database.query('DROP INDEX roles_description');
  });

  it('finds nothing after all is restored', async () => {
    await expect(check()).resolves.toMatchObject({ exitCode: 0, err: '' });
  });
});
