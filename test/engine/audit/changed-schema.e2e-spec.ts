import { failure } from '../../support/scripted-app.js';
import { isEmbedded, useDatabase } from '../../support/database.js';
import { useTrail } from './trail-app.js';

describe('once another process has changed the schema,', () => {
  const database = useDatabase();
  const trail = useTrail(database);

  const rows = async (sql: string) => (await trail.client.query<Record<string, unknown>>(sql)).rows;
  /** Makes a table of its own for a test, and lets the application ask for it once. */
  const known = async (definition: string) => {
    await trail.client.query(`
      DROP TABLE IF EXISTS parts, machines CASCADE;
      DELETE FROM audit.audited_tables WHERE table_name IN ('parts', 'machines');
      CREATE TABLE machines (${definition});
      SELECT audit.attach('machines');
      INSERT INTO machines VALUES (1, 'press')`);
    await trail.audit.imageAt('machines', '1', new Date());
    await trail.audit.undo((await newest()).sequence, { dryRun: true });
  };
  const newest = async () => (await trail.audit.history({ table: 'machines' })).entries[0]!;

  it('an undone DELETE brings the new column’s value back', async () => {
    await known('id integer PRIMARY KEY, name text');
    await trail.client.query(`
      ALTER TABLE machines ADD COLUMN weight numeric;
      SELECT audit.attach('machines');
      UPDATE machines SET weight = 12.50;
      DELETE FROM machines`);
    await trail.audit.undo((await newest()).sequence);
    expect(await rows('SELECT * FROM machines')).toEqual([
      { id: 1, name: 'press', weight: '12.50' },
    ]);
  });

  it('an undone INSERT deletes no rows of others through a new ON DELETE CASCADE', async () => {
    await known('id integer PRIMARY KEY, name text');
    const { sequence } = await newest();
    await trail.client.query(`
      CREATE TABLE parts (id integer PRIMARY KEY, machine integer REFERENCES machines ON DELETE CASCADE);
      INSERT INTO parts VALUES (1, 1)`);
    expect(await failure(trail.audit.undo(sequence))).toMatchObject({ code: 'UNDO_CONFLICT' });
    expect(await rows('SELECT * FROM parts')).toHaveLength(1);
  });

  it('a column that has been redacted since is not shown', async () => {
    await known('id integer PRIMARY KEY, name text');
    await trail.client.query(`
      SELECT audit.attach('machines', '{name}');
      ALTER TABLE machines DISABLE TRIGGER USER;
      INSERT INTO machines VALUES (2, 'secret');
      ALTER TABLE machines ENABLE TRIGGER USER`);
    expect(await trail.audit.imageAt('machines', '2', new Date())).toEqual({
      id: 2,
      name: '[redacted]',
    });
  });

  it('a record is found by its new key', async () => {
    await known('id integer PRIMARY KEY, name text');
    await trail.client.query(`
      ALTER TABLE machines DROP CONSTRAINT machines_pkey, ADD PRIMARY KEY (name);
      SELECT audit.attach('machines');
      UPDATE machines SET id = 7`);
    const { entries } = await trail.audit.history({ table: 'machines', id: { name: 'press' } });
    expect(entries.map(({ after }) => after)).toEqual([{ id: 7, name: 'press' }]);
  });

  it('numbers of a column that has become 64-bit keep their digits', async () => {
    await known('id integer PRIMARY KEY, name text, size integer');
    await trail.client.query(`
      ALTER TABLE machines ALTER COLUMN size TYPE bigint;
      SELECT audit.attach('machines');
      UPDATE machines SET size = 5`);
    expect((await newest()).after).toEqual({ id: 1, name: 'press', size: '5' });
  });

  // The embedded engine has one session.
  (isEmbedded ? it.skip : it)(
    'an undo waits for who is changing it, and then knows the change',
    async () => {
      await known('id integer PRIMARY KEY, name text');
      const { sequence } = await newest();
      const other = await database.connect();
      await other.query(`
      CREATE TABLE parts (id integer PRIMARY KEY, machine integer)`);
      await other.query('INSERT INTO parts VALUES (1, 1)');
      await other.query('BEGIN');
      await other.query(
        'ALTER TABLE parts ADD FOREIGN KEY (machine) REFERENCES machines ON DELETE CASCADE',
      );
      const undoing = failure(trail.audit.undo(sequence));
      await new Promise((resolve) => setTimeout(resolve, 200));
      await other.query('COMMIT');
      await other.end();
      expect(await undoing).toMatchObject({ code: 'UNDO_CONFLICT' });
      expect(await rows('SELECT * FROM parts')).toHaveLength(1);
    },
  );
});
