import { ActorContext, AuditService, Request, Venue } from '@singr/database';
import type { UndoStep } from '../../../src/engine/audit/undo/undo-options.js';
import { AuditRetention } from '../../../src/engine/audit/retention/audit-retention.js';
import { ann, bob } from '../../support/people.js';
import { failure } from '../../support/scripted-app.js';
import { describeOnServer, useDatabase } from '../../support/database.js';
import { takeSnapshot, type Snapshot } from './snapshot.js';
import { useTrail, type Planted } from './trail-app.js';

const placeholder = { redacted: 'placeholder' } as const;

describe('an undo', () => {
  const database = useDatabase();
  const trail = useTrail(database);
  let planted: Planted;

  beforeEach(async () => {
    planted = await trail.plant();
  });

  const venue = () => planted.value('venues', 'venues_id');
  const rename = (name: string, id = venue()) =>
    trail.run('UPDATE venues SET name = $1 WHERE venues_id = $2', [name, id]);
  const snapshot = (): Promise<Snapshot> => takeSnapshot(trail.client);
  const rowsOf = (all: Snapshot) =>
    [...all.values()]
      // Serials move on.
      .filter(({ table }) => table !== 'state')
      .map(({ table, row }) => `${table} ${row}`)
      .sort();
  const only = async <Row extends object>(sql: string, parameters: unknown[] = []): Promise<Row> =>
    (await trail.client.query<Row>(sql, parameters)).rows[0]!;
  const nameOf = async (id = venue()) =>
    (await trail.client.query('SELECT name FROM venues WHERE venues_id = $1', [id])).rows[0]?.name;
  const brief = (steps: readonly UndoStep[]) =>
    steps.map(({ action, table }) => `${action} ${table}`);
  const entries = async (transactionId: string) =>
    (await trail.audit.history({ transactionId, order: 'oldest' })).entries;

  describe('puts back', () => {
    it('an insert: the row goes', async () => {
      const id = await trail.run(`INSERT INTO roles (slug) VALUES ('to-undo')`);
      const { steps } = await trail.audit.undoTransaction(id);
      expect(brief(steps)).toEqual(['delete roles']);
      expect(await only(`SELECT FROM roles WHERE slug = 'to-undo'`)).toBeUndefined();
    });

    it('an update: the columns that it changed, and updated_at', async () => {
      const before = await snapshot();
      const id = await trail.run(
        `UPDATE venues SET name = 'x', location = 'SRID=4326;POINT(1 2)' WHERE venues_id = $1`,
        [venue()],
      );
      const { steps } = await trail.audit.undoTransaction(id);
      expect(steps).toEqual([
        {
          action: 'update',
          table: 'venues',
          recordId: venue(),
          columns: ['name', 'location', 'updated_at'],
          kept: [],
          lost: [],
        },
      ]);
      expect(rowsOf(await snapshot())).toEqual(rowsOf(before));
    });

    it('a delete: the row, to the last digit and microsecond', async () => {
      const before = await snapshot();
      const id = await trail.run('DELETE FROM songdb WHERE songdb_id = $1', [
        planted.value('songdb', 'songdb_id'),
      ]);
      await trail.audit.undoTransaction(id);
      expect(rowsOf(await snapshot())).toEqual(rowsOf(before));
    });

    it('a deleted user with everything that went along, and what lost its reference', async () => {
      const other = await trail.plant();
      await trail.run('UPDATE requests SET submitted_by_users_id = $1 WHERE requests_id = $2', [
        planted.value('users', 'users_id'),
        other.value('requests', 'requests_id'),
      ]);
      const before = await snapshot();
      const id = await trail.run('DELETE FROM users WHERE users_id = $1', [
        planted.value('users', 'users_id'),
      ]);
      expect((await snapshot()).size).toBeLessThan(before.size - 15);

      const { steps } = await trail.audit.undoTransaction(id, placeholder);
      const after = await snapshot();
      expect([...after.keys()].sort()).toEqual([...before.keys()].sort());
      // Every cell is as it was, but for those that the steps name as lost.
      const different = [...before].flatMap(([name, { table, cells }]) =>
        (table === 'state' ? [] : Object.keys(cells))
          .filter((column) => after.get(name)!.cells[column] !== cells[column])
          .map((column) => `${name} ${column}`),
      );
      const lost = steps.flatMap(({ table, recordId, lost: columns }) =>
        columns.map((column) => `${table} ${recordId} ${column}`),
      );
      expect(different.sort()).toEqual(lost.sort());
      expect(lost.map((name) => name.replace(/ .* /, '.')).sort()).toEqual([
        'accounts.access_token',
        'accounts.id_token',
        'accounts.refresh_token',
        'accounts.session_state',
        'api_keys.api_key_hash',
        'branded_app_api_keys.api_key_hash',
        'organization_users.invitation_token',
        'sessions.session_token',
        'users.password_hash',
      ]);
    });

    it('all that a transaction inserted, children before parents', async () => {
      const before = await snapshot();
      const other = await trail.plant();
      const { steps } = await trail.audit.undoTransaction(other.transactionId);
      expect(new Set(steps.map(({ action }) => action))).toEqual(new Set(['delete']));
      expect(steps).toHaveLength(30);
      expect(rowsOf(await snapshot())).toEqual(rowsOf(before));
    });

    it('several writes to one record at once', async () => {
      const before = await snapshot();
      const id = await trail.write(async (client) => {
        await client.query(`UPDATE venues SET name = 'a' WHERE venues_id = $1`, [venue()]);
        await client.query(`UPDATE venues SET city = 'b' WHERE venues_id = $1`, [venue()]);
        await client.query('DELETE FROM venues WHERE venues_id = $1', [venue()]);
      });
      await trail.audit.undoTransaction(id);
      expect(rowsOf(await snapshot())).toEqual(rowsOf(before));
    });

    it('nothing of a row that came and went in the transaction', async () => {
      const id = await trail.write(async (client) => {
        await client.query(`INSERT INTO roles (slug) VALUES ('brief')`);
        await client.query(`DELETE FROM roles WHERE slug = 'brief'`);
      });
      expect(brief((await trail.audit.undoTransaction(id)).steps)).toEqual(['none roles']);
    });

    it('a request of several transactions', async () => {
      const before = await snapshot();
      const request = { 'app.request_id': 'several' };
      await trail.write(
        (client) => client.query(`UPDATE venues SET name = 'a' WHERE venues_id = $1`, [venue()]),
        request,
      );
      await trail.write((client) => client.query(`INSERT INTO roles (slug) VALUES ('b')`), request);
      await trail.write(
        (client) => client.query(`UPDATE venues SET name = 'c' WHERE venues_id = $1`, [venue()]),
        request,
      );
      const { steps } = await trail.audit.undoRequest('several');
      expect(brief(steps)).toEqual(['delete roles', 'update venues']);
      expect(rowsOf(await snapshot())).toEqual(rowsOf(before));
    });

    it('a row whose unique value another row took, when both were in the transaction', async () => {
      const before = await snapshot();
      const id = await trail.write(async (client) => {
        await client.query('DELETE FROM systems WHERE systems_id = $1', [
          planted.value('systems', 'systems_id'),
        ]);
        await client.query(
          `INSERT INTO systems (customer_profiles_id, openkj_system_id, name) VALUES ($1, $2, 'new')`,
          [
            planted.value('systems', 'customer_profiles_id'),
            planted.value('systems', 'openkj_system_id'),
          ],
        );
      });
      expect(brief((await trail.audit.undoTransaction(id)).steps)).toEqual([
        'delete systems',
        'insert systems',
      ]);
      expect(rowsOf(await snapshot())).toEqual(rowsOf(before));
    });

    it('unique values that were moved along a chain, whatever the order', async () => {
      const insert = (number: number) =>
        only<{ id: string }>(
          `INSERT INTO systems (customer_profiles_id, openkj_system_id, name) VALUES ($1, $2, 'n')
           RETURNING systems_id AS id`,
          [planted.value('state', 'customer_profiles_id'), number],
        );
      const [first, second] = [await insert(-1), await insert(-2)];
      const before = await snapshot();
      const id = await trail.write(async (client) => {
        const move = 'UPDATE systems SET openkj_system_id = $1 WHERE systems_id = $2';
        await client.query(move, [-3, second.id]);
        await client.query(move, [-2, first.id]);
      });
      await trail.audit.undoTransaction(id);
      expect(rowsOf(await snapshot())).toEqual(rowsOf(before));
    });

    it('a row that kept a deleted one from going: parents come back first', async () => {
      const before = await snapshot();
      const id = await trail.write(async (client) => {
        const key = [planted.value('branding_profiles', 'branding_profiles_id')];
        await client.query('DELETE FROM branded_apps WHERE branding_profiles_id = $1', key);
        await client.query('DELETE FROM branding_profiles WHERE branding_profiles_id = $1', key);
      });
      const { steps } = await trail.audit.undoTransaction(id, placeholder);
      expect(brief(steps)).toEqual([
        'insert branding_profiles',
        'insert branded_apps',
        'insert branded_app_api_keys',
      ]);
      expect((await snapshot()).size).toBe(before.size);
    });

    it('keys that the database gives out: serial, bigserial and identity', async () => {
      await trail.client.query(`
        CREATE TABLE IF NOT EXISTS counted (
          id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
          name text NOT NULL,
          shout text GENERATED ALWAYS AS (upper(name)) STORED
        );
        SELECT audit.attach('counted');
        INSERT INTO counted (name) VALUES ('one');`);
      const before = await snapshot();
      const row = await only('SELECT * FROM counted');
      const id = await trail.write(async (client) => {
        await client.query('DELETE FROM counted');
        for (const table of ['requests', 'songdb', 'stripe_webhook_events']) {
          const key = `${table}_id`;
          await client.query(`DELETE FROM ${table} WHERE ${key} = $1`, [planted.value(table, key)]);
        }
      });
      const { steps } = await trail.audit.undoTransaction(id);
      expect(brief(steps)).toHaveLength(4);
      expect(await only('SELECT * FROM counted')).toEqual(row);
      expect([...(await snapshot()).keys()].sort()).toEqual([...before.keys()].sort());

      const change = await trail.run(`UPDATE counted SET name = 'two'`);
      await trail.audit.undoTransaction(change);
      expect(await only('SELECT * FROM counted')).toEqual(row);
      await trail.client.query(`SELECT audit.detach('counted'); DROP TABLE counted;`);
    });

    it('a changed key, with what refers to it', async () => {
      const before = await snapshot();
      const id = await trail.run(
        'UPDATE users SET users_id = gen_random_uuid() WHERE users_id = $1',
        [planted.value('users', 'users_id')],
      );
      const { steps } = await trail.audit.undoTransaction(id);
      expect(brief(steps)).toContain('update users');
      expect(rowsOf(await snapshot())).toEqual(rowsOf(before));
    });

    it('a key that changed several times, and back again', async () => {
      const before = await snapshot();
      const first = planted.value('users', 'users_id');
      const id = await trail.write(async (client) => {
        const change = 'UPDATE users SET users_id = $1 WHERE users_id = $2';
        await client.query(change, [ann, first]);
        await client.query(change, [bob, ann]);
        await client.query(`UPDATE users SET name = 'x' WHERE users_id = $1`, [bob]);
        await client.query(change, [first, bob]);
        await client.query(change, [ann, first]);
      });
      await trail.audit.undoTransaction(id);
      expect(rowsOf(await snapshot())).toEqual(rowsOf(before));
    });

    it('a key of two parts, of which a parent took one along', async () => {
      const other = await trail.plant();
      const before = await snapshot();
      const id = await trail.write(async (client) => {
        await client.query(
          'UPDATE singer_favorite_venues SET singer_profiles_id = $1 WHERE venues_id = $2',
          [other.value('singer_profiles', 'singer_profiles_id'), venue()],
        );
        await client.query('UPDATE venues SET venues_id = $1 WHERE venues_id = $2', [ann, venue()]);
      });
      await trail.audit.undoTransaction(id);
      expect(rowsOf(await snapshot())).toEqual(rowsOf(before));
    });

    it('nothing at all when a trigger of the application’s own changes it again', async () => {
      const id = await rename('first');
      await trail.client.query(`
        CREATE FUNCTION shout() RETURNS trigger LANGUAGE plpgsql AS
          'BEGIN NEW.name := upper(NEW.name); RETURN NEW; END';
        CREATE TRIGGER shout BEFORE UPDATE ON venues FOR EACH ROW EXECUTE FUNCTION shout();`);
      await trail.expectRefusal(
        () => trail.audit.undoTransaction(id),
        'UNDO_IMPOSSIBLE',
        /changes venues .* again/,
      );
      await trail.client.query('DROP FUNCTION shout CASCADE');
    });

    it('changed keys of rows that nobody can tell apart, without mixing up their secrets', async () => {
      const rows = await trail.client.query<{ id: string }>(
        `INSERT INTO sessions (users_id, session_token, expires_at)
         SELECT $1, 'secret-' || n, '2030-01-01' FROM generate_series(1, 2) AS n RETURNING sessions_id AS id`,
        [planted.value('users', 'users_id')],
      );
      const ids = rows.rows.map((row) => row.id);
      const tokens = async () =>
        (
          await trail.client.query<{ id: string; token: string }>(
            'SELECT sessions_id AS id, session_token AS token FROM sessions WHERE sessions_id = ANY ($1) ORDER BY 1',
            [ids],
          )
        ).rows;
      const before = await tokens();
      const id = await trail.run(
        'UPDATE sessions SET sessions_id = gen_random_uuid() WHERE sessions_id = ANY ($1)',
        [ids],
      );
      await trail.expectRefusal(() => trail.audit.undoTransaction(id), 'UNDO_REDACTED');
      await trail.audit.undoTransaction(id, placeholder);
      const after = await tokens();
      expect(after.map((row) => row.id)).toEqual(before.map((row) => row.id));
      for (const { token } of after) expect(token).toMatch(/^\[redacted\] /);
    });

    it('a changed key by either of its two entries', async () => {
      for (const which of [0, 1]) {
        const before = await snapshot();
        const id = await trail.run(
          `UPDATE products SET products_id = 'other' WHERE products_id = $1`,
          [planted.value('products', 'products_id')],
        );
        const halves = (await entries(id)).filter(({ table }) => table === 'products');
        expect(halves).toHaveLength(2);
        await trail.audit.undo(halves[which]!.sequence);
        const after = await snapshot();
        expect([...after.keys()].sort()).toEqual([...before.keys()].sort());
      }
    });

    it("JSON's null, where SQL's cannot be", async () => {
      await trail.run(`UPDATE customers SET metadata = 'null' WHERE customers_id = $1`, [
        planted.value('customers', 'customers_id'),
      ]);
      const before = await snapshot();
      const change = await trail.run(
        `UPDATE customers SET metadata = '{}' WHERE customers_id = $1`,
        [planted.value('customers', 'customers_id')],
      );
      await trail.audit.undoTransaction(change);
      expect(rowsOf(await snapshot())).toEqual(rowsOf(before));
      const removal = await trail.run('DELETE FROM customers WHERE customers_id = $1', [
        planted.value('customers', 'customers_id'),
      ]);
      await trail.audit.undoTransaction(removal);
      expect(rowsOf(await snapshot())).toEqual(rowsOf(before));
    });
  });

  describe('on trial', () => {
    it('tells the same steps, and changes nothing, not even in the trail', async () => {
      const other = await trail.plant();
      const id = await trail.write(async (client) => {
        await client.query('DELETE FROM users WHERE users_id = $1', [
          planted.value('users', 'users_id'),
        ]);
        await client.query(`UPDATE venues SET name = 'x' WHERE venues_id = $1`, [
          other.value('venues', 'venues_id'),
        ]);
        await client.query(`INSERT INTO roles (slug) VALUES ('tried')`);
      });
      const before = await trail.dump();
      const trial = await trail.audit.undoTransaction(id, { dryRun: true, ...placeholder });
      expect(await trail.dump()).toEqual(before);

      const result = await trail.audit.undoTransaction(id, placeholder);
      expect(trial).toEqual({ dryRun: true, steps: result.steps });
      expect(result.dryRun).toBe(false);
      expect(new Set(brief(result.steps))).toContain('delete roles');
      await expect(only(`SELECT FROM roles WHERE slug = 'tried'`)).resolves.toBeUndefined();
    });

    it('meets the same conflicts', async () => {
      const id = await rename('first');
      await rename('second');
      await trail.expectRefusal(
        () => trail.audit.undoTransaction(id, { dryRun: true }),
        'UNDO_CONFLICT',
      );
    });
  });

  describe('meets a conflict, and changes nothing,', () => {
    it('when the record changed since', async () => {
      const id = await rename('first');
      await rename('second');
      await trail.expectRefusal(
        () => trail.audit.undoTransaction(id),
        'UNDO_CONFLICT',
        /has changed since/,
      );
      expect(await nameOf()).toBe('second');
    });

    it('when another column of it changed since, if the row as a whole is to be as it was left', async () => {
      const id = await rename('first');
      await trail.run(`UPDATE venues SET city = 'Memphis' WHERE venues_id = $1`, [venue()]);
      await trail.expectRefusal(
        () => trail.audit.undoTransaction(id, { conflicts: 'row' }),
        'UNDO_CONFLICT',
        /has changed since \(city, updated_at\)/,
      );
      // Forced, it leaves that column alone.
      const original = (await entries(id))[0]!.before!.name;
      await trail.audit.undoTransaction(id, { conflicts: 'row', force: true });
      expect(await only('SELECT name, city FROM venues WHERE venues_id = $1', [venue()])).toEqual({
        name: original,
        city: 'Memphis',
      });
    });

    it('when the record was deleted since; forced, it comes back', async () => {
      const id = await rename('first');
      await trail.run('DELETE FROM venues WHERE venues_id = $1', [venue()]);
      await trail.expectRefusal(
        () => trail.audit.undoTransaction(id),
        'UNDO_CONFLICT',
        /has been deleted since/,
      );
      await trail.audit.undoTransaction(id, { force: true });
      expect(await nameOf()).toBe((await entries(id))[0]!.before!.name);
    });

    it('when a deleted record exists again; forced, it is overwritten', async () => {
      const role = planted.value('roles', 'roles_id');
      const id = await trail.run('DELETE FROM roles WHERE roles_id = $1', [role]);
      await trail.run(`INSERT INTO roles (roles_id, slug) VALUES ($1, 'again')`, [role]);
      await trail.expectRefusal(
        () => trail.audit.undoTransaction(id),
        'UNDO_CONFLICT',
        /exists again/,
      );
      await trail.audit.undoTransaction(id, { force: true });
      expect(await only('SELECT slug FROM roles WHERE roles_id = $1', [role])).toEqual({
        slug: planted.value('roles', 'slug'),
      });
    });

    it('when later rows refer to an inserted one; forced, they go or lose their reference', async () => {
      const { id: profile } = await only<{ id: string }>(
        `WITH person AS (INSERT INTO users (email) VALUES (gen_random_uuid()::text) RETURNING users_id)
         SELECT users_id AS id FROM person`,
      );
      const transactionId = await trail.run(`INSERT INTO singer_profiles (users_id) VALUES ($1)`, [
        profile,
      ]);
      await trail.run(
        `UPDATE requests SET singer_profiles_id = (SELECT singer_profiles_id FROM singer_profiles WHERE users_id = $1)
         WHERE requests_id = $2`,
        [profile, planted.value('requests', 'requests_id')],
      );
      const updatedAt = () =>
        only<{ at: string }>('SELECT updated_at::text AS at FROM requests WHERE requests_id = $1', [
          planted.value('requests', 'requests_id'),
        ]);
      const { at } = await updatedAt();
      await trail.expectRefusal(
        () => trail.audit.undoTransaction(transactionId),
        'UNDO_CONFLICT',
        /referred to by 1 later row\(s\) of requests/,
      );
      await trail.audit.undoTransaction(transactionId, { force: true });
      // What happened to the request is a change of today.
      expect((await updatedAt()).at > at).toBe(true);
    });

    it('when a later row refers to an inserted one that it would not let go, forced or not', async () => {
      const id = await trail.write((client) =>
        client.query(
          `INSERT INTO branding_profiles (branding_profiles_id, owner_type, name)
           VALUES ('${ann}', 'platform', 'kept')`,
        ),
      );
      await trail.run(
        `UPDATE branded_apps SET branding_profiles_id = $1 WHERE branded_apps_id = $2`,
        [ann, planted.value('branded_apps', 'branded_apps_id')],
      );
      await trail.expectRefusal(
        () => trail.audit.undoTransaction(id),
        'UNDO_CONFLICT',
        /referred to by 1 later row\(s\) of branded_apps/,
      );
      await trail.expectRefusal(
        () => trail.audit.undoTransaction(id, { force: true }),
        'UNDO_IMPOSSIBLE',
        /"branded_apps" still refers to/,
      );
    });

    it('when somebody else wrote between two writes of the request', async () => {
      const request = { 'app.request_id': 'interrupted' };
      const write = (sql: string, settings = {}) =>
        trail.write((client) => client.query(sql, [venue()]), settings);
      await write(`UPDATE venues SET name = 'mine' WHERE venues_id = $1`, request);
      await write(`UPDATE venues SET city = 'theirs', name = 'theirs' WHERE venues_id = $1`);
      await write(`UPDATE venues SET name = 'mine again' WHERE venues_id = $1`, request);
      await trail.expectRefusal(
        () => trail.audit.undoRequest('interrupted'),
        'UNDO_CONFLICT',
        /changed by somebody else in between/,
      );
      await trail.audit.undoRequest('interrupted', { force: true });
      expect(await only('SELECT city FROM venues WHERE venues_id = $1', [venue()])).toEqual({
        city: 'theirs',
      });
      expect(await nameOf()).toMatch(/^Venue/);
    });

    it('that names each record', async () => {
      const other = await trail.plant();
      const id = await trail.write(async (client) => {
        await client.query(`UPDATE venues SET name = 'x' WHERE venues_id = ANY ($1)`, [
          [venue(), other.value('venues', 'venues_id')],
        ]);
      });
      await rename('later');
      await rename('later', other.value('venues', 'venues_id'));
      const error = (await failure(trail.audit.undoTransaction(id))) as Error & {
        conflicts: unknown[];
      };
      expect(error.conflicts).toHaveLength(2);
      expect(error.conflicts).toContainEqual({
        table: 'venues',
        recordId: venue(),
        reason: 'has changed since',
        columns: ['name'],
      });
    });

    it('and none when somebody already put it back', async () => {
      const id = await rename('first');
      await trail.audit.undoTransaction(id);
      const count = async () =>
        (await trail.audit.history({ entity: Venue, id: venue() })).entries.length;
      const entriesBefore = await count();
      expect(brief((await trail.audit.undoTransaction(id)).steps)).toEqual(['none venues']);
      expect(await count()).toBe(entriesBefore);
    });
  });

  describe('is impossible, and changes nothing,', () => {
    it('when a parent is missing', async () => {
      const child = await trail.run('DELETE FROM requests WHERE requests_id = $1', [
        planted.value('requests', 'requests_id'),
      ]);
      await trail.run('DELETE FROM venues WHERE venues_id = $1', [venue()]);
      for (const force of [false, true]) {
        await trail.expectRefusal(
          () => trail.audit.undoTransaction(child, { force }),
          'UNDO_IMPOSSIBLE',
          /"requests" refers to one that no longer exists \(requests_venues_id_fkey\)\. Restore that one first/,
        );
      }
    });

    it('when another row has the unique value by now', async () => {
      const slug = planted.value('roles', 'slug');
      const id = await trail.run('DELETE FROM roles WHERE slug = $1', [slug]);
      await trail.run('INSERT INTO roles (slug) VALUES ($1)', [slug]);
      await trail.expectRefusal(
        () => trail.audit.undoTransaction(id),
        'UNDO_IMPOSSIBLE',
        /another row of "roles" has the same value by now \(roles_slug_key\)/,
      );
    });

    it('when two rows swapped a unique value: one cannot come before the other', async () => {
      const other = await trail.plant();
      const [one, two] = [venue(), other.value('venues', 'venues_id')];
      const move = 'UPDATE venues SET url_name = $1 WHERE venues_id = $2';
      const id = await trail.write(async (client) => {
        await client.query(move, ['aside', one]);
        await client.query(move, [planted.value('venues', 'url_name'), two]);
        await client.query(move, [other.value('venues', 'url_name'), one]);
      });
      await trail.expectRefusal(
        () => trail.audit.undoTransaction(id),
        'UNDO_IMPOSSIBLE',
        /another row of "venues" has the same value/,
      );
    });

    it('when one of many steps fails: the others do not stay', async () => {
      const role = planted.value('roles', 'slug');
      const id = await trail.write(async (client) => {
        await client.query(`UPDATE venues SET name = 'x' WHERE venues_id = $1`, [venue()]);
        await client.query('DELETE FROM roles WHERE slug = $1', [role]);
      });
      await trail.run('INSERT INTO roles (slug) VALUES ($1)', [role]);
      await trail.expectRefusal(() => trail.audit.undoTransaction(id), 'UNDO_IMPOSSIBLE');
      expect(await nameOf()).toBe('x');
    });

    it('of a TRUNCATE', async () => {
      const id = await trail.run('TRUNCATE user_roles');
      await trail.expectRefusal(
        () => trail.audit.undoTransaction(id),
        'UNDO_IMPOSSIBLE',
        /TRUNCATE of "user_roles" cannot be undone.*Restore a backup/,
      );
    });

    it('when the row no longer fits its table', async () => {
      const id = await trail.run('DELETE FROM state WHERE customer_profiles_id = $1', [
        planted.value('state', 'customer_profiles_id'),
      ]);
      await trail.client.query(
        'ALTER TABLE state ADD CONSTRAINT small CHECK (serial < 10) NOT VALID',
      );
      await trail.expectRefusal(
        () => trail.audit.undoTransaction(id),
        'UNDO_IMPOSSIBLE',
        /no longer fits its table: .*small/,
      );
      await trail.client.query('ALTER TABLE state DROP CONSTRAINT small');
    });

    it.each([
      ['an unknown entry', () => trail.audit.undo('9223372036854775807')],
      ['an unknown transaction', () => trail.audit.undoTransaction('9223372036854775807')],
      ['an unknown request', () => trail.audit.undoRequest(`'; DROP TABLE users; --`)],
    ])('of %s', (_what, undo) => trail.expectRefusal(undo, 'AUDIT_ENTRY_NOT_FOUND'));

    it.each(['', 'x', '-1', '1.5', '9223372036854775808', '1; DROP TABLE users'])(
      'of "%s", which is not a number of the trail',
      async (value) => {
        await trail.expectRefusal(() => trail.audit.undo(value), 'INVALID_HISTORY_QUERY');
        await trail.expectRefusal(
          () => trail.audit.undoTransaction(value),
          'INVALID_HISTORY_QUERY',
        );
      },
    );
  });

  describe('in a database that was restored into a new server, whose transactions count anew,', () => {
    /** As the dump brought it: an entry of long ago under the id of a transaction of today. */
    const bringBack = async (transactionId: string, at: string) => {
      const role = planted.value('roles', 'roles_id');
      const image = await only<{ image: object }>(
        'SELECT to_jsonb(r) AS image FROM roles r WHERE roles_id = $1',
        [role],
      );
      await trail.client.query(
        `INSERT INTO audit_logs (table_name, record_id, operation, old_data, new_data, changed_columns,
           created_at, transaction_id, database_role)
         VALUES ('roles', $1, 'UPDATE', $2::jsonb || '{"description": "then"}', $2, '{description}', $3, $4, 'old')`,
        [role, image.image, at, transactionId],
      );
    };

    it('refuses an id that two transactions have, and takes the time of one', async () => {
      const name = await nameOf();
      const id = await rename('today');
      const { at } = (await entries(id))[0]!;
      await bringBack(id, '2024-05-06T07:08:09.012345Z');
      await trail.expectRefusal(
        () => trail.audit.undoTransaction(id),
        'AMBIGUOUS_TRANSACTION',
        /2024-05-06T07:08:09.012345Z.*{ at: /,
      );
      await trail.expectRefusal(
        () => trail.audit.undoTransaction(id, { at: '2024-05-06' }),
        'AUDIT_ENTRY_NOT_FOUND',
      );
      const { steps } = await trail.audit.undoTransaction(id, { at });
      expect(brief(steps)).toEqual(['update venues']);
      expect(await nameOf()).toBe(name);
      const old = await trail.audit.undoTransaction(id, { at: '2024-05-06T07:08:09.012345Z' });
      expect(brief(old.steps)).toEqual(['update roles']);
    });

    it('takes the two entries of a changed key from one of them', async () => {
      const role = planted.value('roles', 'roles_id');
      const id = await trail.run(
        'UPDATE roles SET roles_id = gen_random_uuid() WHERE roles_id = $1',
        [role],
      );
      // The same change of the same row, long ago: it looks the same in everything but its time.
      await trail.client.query(
        `INSERT INTO audit_logs (table_name, record_id, operation, old_data, new_data, changed_columns,
           created_at, transaction_id, database_role)
         SELECT table_name, record_id, operation, old_data, new_data, changed_columns,
           '2024-01-01', transaction_id, 'old'
         FROM audit_logs WHERE transaction_id = $1 ORDER BY sequence`,
        [id],
      );
      const [departure] = await entries(id);
      const { steps } = await trail.audit.undo(departure!.sequence);
      expect(steps).toMatchObject([{ action: 'update', table: 'roles', recordId: role }]);
    });
  });

  describe('of what was pruned in part', () => {
    const prune = (table: string, before: string) =>
      trail.app.get(AuditRetention).prune({ table, before });
    const writeBoth = (settings: Readonly<Record<string, string>> = {}) =>
      trail.write(async (client) => {
        await client.query(`UPDATE venues SET name = 'both' WHERE venues_id = $1`, [venue()]);
        await client.query(`UPDATE roles SET description = 'both' WHERE roles_id = $1`, [
          planted.value('roles', 'roles_id'),
        ]);
      }, settings);

    it('refuses a transaction: what is left of it is not all of it', async () => {
      const id = await writeBoth();
      const before = await trail.now();
      await prune('roles', before);
      for (const force of [false, true]) {
        await trail.expectRefusal(
          () => trail.audit.undoTransaction(id, { force }),
          'HISTORY_PRUNED',
          /history of "roles" before .* has been pruned.* one by one/,
        );
      }
      const [entry] = await entries(id);
      await trail.audit.undo(entry!.sequence);
      expect(await nameOf()).not.toBe('both');
    });

    it('refuses a request, also one that may have begun before the first entry that is left', async () => {
      const request = { 'app.request_id': 'pruned in part' };
      await trail.write(
        (client) => client.query(`INSERT INTO roles (slug) VALUES ('first')`),
        request,
      );
      const before = await trail.now();
      await writeBoth(request);
      await prune('roles', before);
      await trail.expectRefusal(
        () => trail.audit.undoRequest('pruned in part'),
        'HISTORY_PRUNED',
        /"roles"/,
      );
    });

    it('refuses a changed key of which one of two entries may be gone', async () => {
      const id = await trail.run(
        'UPDATE roles SET roles_id = gen_random_uuid() WHERE roles_id = $1',
        [planted.value('roles', 'roles_id')],
      );
      const ofRoles = async () =>
        (await entries(id)).filter(
          ({ table, operation }) => table === 'roles' && operation === 'UPDATE',
        );
      const [, arrival] = await ofRoles();
      const at = await trail.now();
      await trail.client.query(`SELECT audit.prune('roles', $1, 1000000)`, [at]);
      await trail.client.query(
        `INSERT INTO audit_logs (table_name, record_id, operation, new_data, changed_columns, created_at, transaction_id, database_role)
         VALUES ('roles', $1, 'UPDATE', $2, '{roles_id}', $3, $4, 'root')`,
        [arrival!.recordId, arrival!.after, arrival!.at, id],
      );
      const [left] = await ofRoles();
      await trail.expectRefusal(() => trail.audit.undo(left!.sequence), 'HISTORY_PRUNED');
    });

    it('and nothing that came after, whatever time the pruning was told', async () => {
      await prune('roles', '9000-01-01');
      const id = await writeBoth();
      await trail.audit.undoTransaction(id);
      expect(await nameOf()).not.toBe('both');
    });
  });

  describe('of redacted columns', () => {
    const user = () => planted.value('users', 'users_id');
    const passwordOf = async () =>
      (
        await only<{ hash: string | null }>(
          'SELECT password_hash AS hash FROM users WHERE users_id = $1',
          [user()],
        )
      ).hash;

    it('refuses to make up a required one, unless it is asked to', async () => {
      const session = planted.value('sessions', 'sessions_id');
      const id = await trail.run('DELETE FROM sessions WHERE sessions_id = $1', [session]);
      await trail.expectRefusal(
        () => trail.audit.undoTransaction(id),
        'UNDO_REDACTED',
        /does not keep session_token.*placeholder/,
      );
      const { steps } = await trail.audit.undoTransaction(id, placeholder);
      expect(steps[0]).toMatchObject({ action: 'insert', lost: ['session_token'] });
      const { token } = await only<{ token: string }>(
        'SELECT session_token AS token FROM sessions WHERE sessions_id = $1',
        [session],
      );
      expect(token).toMatch(/^\[redacted\] [0-9a-f-]{36}$/);
    });

    it('says so on trial as well', async () => {
      const id = await trail.run('DELETE FROM sessions WHERE sessions_id = $1', [
        planted.value('sessions', 'sessions_id'),
      ]);
      await trail.expectRefusal(
        () => trail.audit.undoTransaction(id, { dryRun: true }),
        'UNDO_REDACTED',
      );
    });

    it('leaves an optional one of a deleted row empty', async () => {
      const id = await trail.run('DELETE FROM users WHERE users_id = $1', [user()]);
      const { steps } = await trail.audit.undoTransaction(id, placeholder);
      const step = steps.find(({ table }) => table === 'users')!;
      expect(step).toMatchObject({ action: 'insert', lost: ['password_hash'] });
      expect(await passwordOf()).toBeNull();
    });

    it('can go on behind a row that came back without one', async () => {
      const before = await snapshot();
      const change = await trail.run(`UPDATE users SET name = 'x' WHERE users_id = $1`, [user()]);
      const removal = await trail.run('DELETE FROM users WHERE users_id = $1', [user()]);
      await trail.audit.undoTransaction(removal, placeholder);
      await trail.audit.undoTransaction(change);
      const name = `users ${user()}`;
      expect((await snapshot()).get(name)!.cells).toEqual({
        ...before.get(name)!.cells,
        password_hash: null,
      });
    });

    it('keeps what another update put there', async () => {
      const id = await trail.run(
        `UPDATE users SET password_hash = 'new', name = 'x' WHERE users_id = $1`,
        [user()],
      );
      const { steps } = await trail.audit.undoTransaction(id);
      expect(steps).toEqual([
        expect.objectContaining({ columns: ['name', 'updated_at'], lost: ['password_hash'] }),
      ]);
      expect(await passwordOf()).toBe('new');
    });

    it('takes one away that there was not: that much the trail knows', async () => {
      await trail.run('UPDATE users SET password_hash = NULL WHERE users_id = $1', [user()]);
      const id = await trail.run(`UPDATE users SET password_hash = 'new' WHERE users_id = $1`, [
        user(),
      ]);
      const { steps } = await trail.audit.undoTransaction(id);
      expect(steps[0]).toMatchObject({ columns: ['password_hash', 'updated_at'], lost: [] });
      expect(await passwordOf()).toBeNull();
    });

    it('names a change of nothing else as lost, where not even a time tells of it', async () => {
      const id = await trail.run(
        `UPDATE stripe_webhook_events SET endpoint_secret = 'new' WHERE stripe_webhook_events_id = $1`,
        [planted.value('stripe_webhook_events', 'stripe_webhook_events_id')],
      );
      const { steps } = await trail.audit.undoTransaction(id);
      expect(steps).toEqual([
        expect.objectContaining({ action: 'none', lost: ['endpoint_secret'] }),
      ]);
    });

    it('asks before it empties one that was changed since, also where that change was undone without a trace', async () => {
      const event = planted.value('stripe_webhook_events', 'stripe_webhook_events_id');
      const set = (secret: string | null) =>
        trail.run(
          'UPDATE stripe_webhook_events SET endpoint_secret = $2 WHERE stripe_webhook_events_id = $1',
          [event, secret],
        );
      await set(null);
      const first = await set('one');
      await trail.audit.undoTransaction(await set('two'));
      await expect(trail.audit.undoTransaction(first)).rejects.toMatchObject({
        conflicts: [expect.objectContaining({ columns: ['endpoint_secret'] })],
      });
      const { steps } = await trail.audit.undoTransaction(first, { force: true });
      expect(steps).toMatchObject([{ action: 'update', columns: ['endpoint_secret'] }]);
    });

    it('takes somebody’s "[redacted]" in any other column for what it is', async () => {
      await rename('[redacted]');
      const id = await rename('[erased]');
      await trail.audit.undoTransaction(id);
      expect(await nameOf()).toBe('[redacted]');
    });
  });

  describe('of redacted columns that hold no text', () => {
    const request = () => planted.value('requests', 'requests_id');
    const redact = (...columns: string[]) =>
      trail.client.query(`SELECT audit.attach('requests', $1)`, [columns]);
    const remove = () => trail.run('DELETE FROM requests WHERE requests_id = $1', [request()]);
    afterAll(() => redact());

    it('has the rest of the row, and leaves them empty', async () => {
      await redact('submitted_by_users_id', 'processed_at');
      const { audit, app } = await restarted();
      await trail.run(
        `UPDATE requests SET notes = 'then', processed_at = now() WHERE requests_id = $1`,
        [request()],
      );
      const then = await trail.now();
      const change = await trail.run(`UPDATE requests SET notes = 'x' WHERE requests_id = $1`, [
        request(),
      ]);
      expect(await audit.asOf(Request, request(), then)).toMatchObject({
        notes: 'then',
        processedAt: null,
      });
      expect(await audit.asOfMany(Request, then, { where: { id: request() } })).toHaveLength(1);
      await audit.undoTransaction(change);
      const { steps } = await audit.undoTransaction(await remove());
      expect(steps).toMatchObject([
        { action: 'insert', lost: ['submitted_by_users_id', 'processed_at'] },
      ]);
      expect(
        await app.dataSource.getRepository(Request).findOneBy({ id: request() }),
      ).toMatchObject({ notes: 'then', processedAt: null, submittedByUserId: null });
    });

    it('is impossible where one is required: no placeholder fits', async () => {
      await redact('key_change');
      const { audit } = await restarted();
      const id = await remove();
      for (const redacted of ['refuse', 'placeholder'] as const) {
        await trail.expectRefusal(
          () => audit.undoTransaction(id, { redacted }),
          'UNDO_IMPOSSIBLE',
          /needs a value in key_change, .* no placeholder fits/,
        );
      }
    });

    const restarted = async () => {
      const app = await trail.restarted();
      return { app, audit: app.get(AuditService) };
    };
  });

  describe('is part of the trail', () => {
    it('with its actor, and what it undid', async () => {
      const id = await rename('first');
      const [undone] = await entries(id);
      await ActorContext.run({ userId: ann }, () => trail.audit.undo(undone!.sequence));
      const { entries: all } = await trail.audit.history({ entity: Venue, id: venue(), limit: 1 });
      expect(all[0]).toMatchObject({
        operation: 'UPDATE',
        actor: { userId: ann },
        undoes: undone!.sequence,
        changes: [
          { column: 'name', from: 'first', to: undone!.before!.name },
          { column: 'updated_at' },
        ],
      });
    });

    it('so that it can be undone itself', async () => {
      const id = await trail.run(
        `UPDATE venues SET name = 'first', location = NULL WHERE venues_id = $1`,
        [venue()],
      );
      const changed = await snapshot();
      await trail.audit.undoTransaction(id);
      const [undo] = (await trail.audit.history({ entity: Venue, id: venue(), limit: 1 })).entries;
      await trail.audit.undo(undo!.sequence);
      expect(rowsOf(await snapshot())).toEqual(rowsOf(changed));
      const [redo] = (await trail.audit.history({ entity: Venue, id: venue(), limit: 1 })).entries;
      expect(redo!.undoes).toBe(undo!.sequence);
    });

    it('and marks no write that comes after it in the same transaction', async () => {
      const id = await rename('first');
      await trail.dataSource.transaction(async (manager) => {
        await trail.audit.undoTransaction(id);
        await manager.update(Venue, { id: venue() }, { city: 'later' });
      });
      const { entries: all } = await trail.audit.history({ entity: Venue, id: venue(), limit: 2 });
      expect(all.map(({ undoes }) => undoes !== null)).toEqual([false, true]);
      // The time moves again, too.
      expect(all[0]!.changes.map(({ column }) => column)).toContain('updated_at');
    });

    it('or no part of it, when it fails inside another transaction, which goes on', async () => {
      const id = await rename('first');
      await rename('second');
      await trail.dataSource.transaction(async (manager) => {
        await manager.update(Venue, { id: venue() }, { city: 'before' });
        expect(await failure(trail.audit.undoTransaction(id))).toMatchObject({
          code: 'UNDO_CONFLICT',
        });
        await manager.update(Venue, { id: venue() }, { country: 'after' });
      });
      expect(
        await only('SELECT name, city, country FROM venues WHERE venues_id = $1', [venue()]),
      ).toEqual({ name: 'second', city: 'before', country: 'after' });
    });

    it('and goes on after a statement that the database refused', async () => {
      const slug = planted.value('roles', 'slug');
      const id = await trail.run('DELETE FROM roles WHERE slug = $1', [slug]);
      await trail.run('INSERT INTO roles (slug) VALUES ($1)', [slug]);
      await trail.dataSource.transaction(async (manager) => {
        expect(await failure(trail.audit.undoTransaction(id))).toMatchObject({
          code: 'UNDO_IMPOSSIBLE',
        });
        await manager.update(Venue, { id: venue() }, { country: 'after' });
      });
      expect(await only('SELECT country FROM venues WHERE venues_id = $1', [venue()])).toEqual({
        country: 'after',
      });
      const { entries: all } = await trail.audit.history({ entity: Venue, id: venue(), limit: 1 });
      expect(all[0]!.undoes).toBeNull();
    });
  });

  describe('after a change of the table', () => {
    it('minds neither the columns that came since nor those that went', async () => {
      await trail.client.query('ALTER TABLE state ADD COLUMN old text');
      await trail.client.query(`SELECT audit.attach('state')`);
      const key = planted.value('state', 'customer_profiles_id');
      await trail.run(`UPDATE state SET old = 'x' WHERE customer_profiles_id = $1`, [key]);
      const change = await trail.run(
        'UPDATE state SET serial = 5 WHERE customer_profiles_id = $1',
        [key],
      );
      const other = (await trail.plant()).value('state', 'customer_profiles_id');
      const removal = await trail.run('DELETE FROM state WHERE customer_profiles_id = $1', [other]);
      await trail.client.query(
        `ALTER TABLE state DROP COLUMN old, ADD COLUMN new text NOT NULL DEFAULT 'default'`,
      );
      await trail.client.query(`SELECT audit.attach('state')`);

      await trail.audit.undoTransaction(change);
      await trail.audit.undoTransaction(removal);
      const state = (id: string) =>
        only('SELECT * FROM state WHERE customer_profiles_id = $1', [id]);
      for (const id of [key, other]) {
        expect(await state(id)).toEqual({
          customer_profiles_id: id,
          serial: id === key ? '5' : '9007199254740993',
          new: 'default',
        });
      }
      await trail.client.query('ALTER TABLE state DROP COLUMN new');
      await trail.client.query(`SELECT audit.attach('state')`);
    });
  });

  describe('to a time', () => {
    it('puts a record back to what it was then, over whatever came since', async () => {
      await rename('then');
      const at = await trail.now();
      const before = await snapshot();
      await rename('later');
      await trail.run(`UPDATE venues SET location = NULL WHERE venues_id = $1`, [venue()]);
      const { steps } = await ActorContext.run({ userId: bob }, () =>
        trail.audit.restore(Venue, venue(), at),
      );
      expect(brief(steps)).toEqual(['update venues']);
      expect(rowsOf(await snapshot())).toEqual(rowsOf(before));
      const [restored, undone] = (await trail.audit.history({ entity: Venue, id: venue() }))
        .entries;
      expect(restored).toMatchObject({ actor: { userId: bob }, undoes: undone!.sequence });
    });

    it('inserts a record again that was deleted since', async () => {
      const before = await snapshot();
      const at = await trail.now();
      await trail.run('DELETE FROM songdb WHERE songdb_id = $1', [
        planted.value('songdb', 'songdb_id'),
      ]);
      const { steps } = await trail.audit.restore(
        'songdb',
        planted.value('songdb', 'songdb_id'),
        at,
      );
      expect(brief(steps)).toEqual(['insert songdb']);
      expect(rowsOf(await snapshot())).toEqual(rowsOf(before));
    });

    it('deletes a record that did not exist yet', async () => {
      const at = await trail.now();
      const { id } = await only<{ id: string }>(
        `INSERT INTO roles (slug) VALUES ('not yet') RETURNING roles_id AS id`,
      );
      const { steps } = await trail.audit.restore('roles', id, at, { dryRun: true });
      expect(brief(steps)).toEqual(['delete roles']);
      await trail.audit.restore('roles', id, at);
      expect(await only('SELECT FROM roles WHERE roles_id = $1', [id])).toBeUndefined();
    });

    it('leaves secrets as they are now', async () => {
      const user = planted.value('users', 'users_id');
      await trail.run('UPDATE users SET password_hash = NULL WHERE users_id = $1', [user]);
      const at = await trail.now();
      await trail.run(`UPDATE users SET password_hash = 'now', name = 'x' WHERE users_id = $1`, [
        user,
      ]);
      await trail.audit.restore('users', user, at);
      expect(
        await only('SELECT password_hash AS hash, name FROM users WHERE users_id = $1', [user]),
      ).toEqual({ hash: 'now', name: planted.value('users', 'name') });
    });

    it('has nothing to do for a record that did not change', async () => {
      const at = await trail.now();
      expect(brief((await trail.audit.restore(Venue, venue(), at)).steps)).toEqual(['none venues']);
    });
  });

  describeOnServer('at the same time as another', () => {
    it.each([
      ['an update', () => rename('first')],
      ['a delete', () => trail.run('DELETE FROM venues WHERE venues_id = $1', [venue()])],
      [
        'an insert',
        async () => await trail.run(`INSERT INTO roles (slug) VALUES (gen_random_uuid()::text)`),
      ],
    ])('puts %s back once', async (_what, change) => {
      const id = await change();
      const results = await Promise.allSettled(
        Array.from({ length: 6 }, () => trail.audit.undoTransaction(id)),
      );
      const steps = results.map((result) =>
        result.status === 'fulfilled'
          ? brief(result.value.steps.filter(({ action }) => action !== 'none')).length > 0
          : (result.reason as { code: string }).code,
      );
      expect(steps.filter((step) => step === true)).toHaveLength(1);
      // The others found it done, or were told.
      expect(
        steps.every(
          (step) =>
            step === true ||
            step === false ||
            step === 'UNDO_CONFLICT' ||
            step === 'UNDO_IMPOSSIBLE',
        ),
      ).toBe(true);
      const undone = (await entries(id)).map(({ sequence }) => sequence);
      const { rows } = await trail.client.query<{ count: number }>(
        `SELECT count(*)::int AS count FROM audit_logs WHERE undoes = ANY ($1) GROUP BY undoes`,
        [undone],
      );
      expect(rows.every(({ count }) => count === 1)).toBe(true);
    });

    it('waits for a writer who was first, and then meets the conflict', async () => {
      const id = await rename('first');
      await trail.client.query('BEGIN');
      await trail.client.query(`UPDATE venues SET name = 'second' WHERE venues_id = $1`, [venue()]);
      const undoing = failure(trail.audit.undoTransaction(id));
      await new Promise((resolve) => setTimeout(resolve, 200));
      await trail.client.query('COMMIT');
      expect(await undoing).toMatchObject({ code: 'UNDO_CONFLICT' });
      expect(await nameOf()).toBe('second');
    });
  });
});
