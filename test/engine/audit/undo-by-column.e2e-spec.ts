import { useDatabase } from '../../support/database.js';
import { useTrail, type Planted } from './trail-app.js';

describe('an undo beside later changes of the same row', () => {
  const database = useDatabase();
  const trail = useTrail(database);
  let planted: Planted;

  beforeEach(async () => {
    planted = await trail.plant();
  });

  const venue = () => planted.value('venues', 'venues_id');
  const set = (columns: string, settings = {}) =>
    trail.write(
      (client) => client.query(`UPDATE venues SET ${columns} WHERE venues_id = $1`, [venue()]),
      settings,
    );
  const row = async (table = 'venues', key = 'venues_id') =>
    (
      await trail.client.query<Record<string, unknown>>(
        `SELECT *, updated_at::text AS time FROM ${table} WHERE ${key} = $1`,
        [planted.value(table, key)],
      )
    ).rows[0]!;

  it('puts its columns back, and lists the others as kept', async () => {
    const { name } = await row();
    const id = await set(`name = 'first', country = 'x'`);
    await set(`city = 'Memphis'`);
    const { time } = await row();
    const plan = await trail.audit.undoTransaction(id, { dryRun: true });
    expect(plan.steps).toEqual([
      {
        action: 'update',
        table: 'venues',
        recordId: venue(),
        columns: ['name', 'country'],
        changes: [
          { column: 'name', from: 'first', to: name, redacted: false },
          { column: 'country', from: 'x', to: null, redacted: false },
        ],
        kept: ['city'],
        lost: [],
      },
    ]);
    expect((await trail.audit.undoTransaction(id)).steps).toEqual(plan.steps);
    const after = await row();
    expect(after).toMatchObject({ name, city: 'Memphis' });
    // The row changed now: to claim an earlier time would hide the later change.
    expect(after.time).not.toBe(time);
  });

  it('refuses when one of its columns changed, and names only that column', async () => {
    const id = await set(`name = 'first', country = 'x'`);
    await set(`city = 'Memphis', country = 'y'`);
    await trail.expectRefusal(
      () => trail.audit.undoTransaction(id),
      'UNDO_CONFLICT',
      /has changed since \(country\)\./,
    );
  });

  it('refuses to delete an inserted row, or to insert a deleted one, after any later change', async () => {
    const role = `'${crypto.randomUUID()}'`;
    const insertion = await trail.run(
      `INSERT INTO roles (roles_id, slug) VALUES (${role}, ${role})`,
    );
    await trail.run(`UPDATE roles SET description = 'later' WHERE roles_id = ${role}`);
    await trail.expectRefusal(
      () => trail.audit.undoTransaction(insertion),
      'UNDO_CONFLICT',
      /description/,
    );
    const deletion = await trail.run(`DELETE FROM roles WHERE roles_id = ${role}`);
    await trail.run(`INSERT INTO roles (roles_id, slug) VALUES (${role}, ${role})`);
    await trail.expectRefusal(
      () => trail.audit.undoTransaction(deletion),
      'UNDO_CONFLICT',
      /exists again/,
    );
  });

  it('ignores a write of another column in between', async () => {
    const request = { 'app.request_id': 'beside' };
    const { name } = await row();
    await set(`name = 'mine'`, request);
    await set(`city = 'theirs'`);
    await set(`name = 'mine again'`, request);
    const { steps } = await trail.audit.undoRequest('beside');
    expect(steps).toMatchObject([{ columns: ['name'], kept: ['city'] }]);
    expect(await row()).toMatchObject({ name, city: 'theirs' });
  });

  it('sees that a column was overwritten between two writes of a request', async () => {
    const request = { 'app.request_id': 'in between' };
    await set(`name = 'mine', city = 'mine'`, request);
    await set(`city = 'theirs'`);
    await set(`name = 'mine again'`, request);
    await trail.expectRefusal(
      () => trail.audit.undoRequest('in between'),
      'UNDO_CONFLICT',
      /somebody else in between \(city\)/,
    );
  });

  it('does not clear a secret that was replaced later', async () => {
    const user = planted.value('users', 'users_id');
    const setHash = (hash: string | null) =>
      trail.run('UPDATE users SET password_hash = $2 WHERE users_id = $1', [user, hash]);
    await setHash(null);
    const id = await setHash('first');
    await setHash('second');
    await trail.expectRefusal(
      () => trail.audit.undoTransaction(id),
      'UNDO_CONFLICT',
      /password_hash/,
    );
  });

  it('ignores a generated column that changed with another column', async () => {
    await trail.client.query(`
      CREATE TABLE people (id integer PRIMARY KEY, first text, last text,
        whole text GENERATED ALWAYS AS (first || ' ' || last) STORED);
      SELECT audit.attach('people');
      INSERT INTO people VALUES (1, 'Ann', 'Lee')`);
    const id = await trail.run(`UPDATE people SET first = 'Anna'`);
    await trail.run(`UPDATE people SET last = 'Lind'`);
    const { steps } = await trail.audit.undoTransaction(id);
    expect(steps).toMatchObject([{ columns: ['first'], kept: ['last'] }]);
    const { rows } = await trail.client.query('SELECT whole FROM people');
    expect(rows).toEqual([{ whole: 'Ann Lind' }]);
  });

  it('puts a key back under a later change of another column', async () => {
    const id = await trail.run(
      `UPDATE venues SET venues_id = gen_random_uuid() WHERE venues_id = $1`,
      [venue()],
    );
    await trail.run(`UPDATE venues SET city = 'Memphis' WHERE url_name = $1`, [
      planted.value('venues', 'url_name'),
    ]);
    await trail.audit.undoTransaction(id);
    expect(await row()).toMatchObject({ city: 'Memphis' });
  });
});
