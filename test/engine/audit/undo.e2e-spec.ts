import { ActorContext, Venue } from '@singr/database';
import { ann, bob } from '../../support/people.js';
import { failure } from '../../support/scripted-app.js';
import { useUndo } from './use-undo.js';

const placeholder = { redacted: 'placeholder' } as const;

describe('an undo', () => {
  const { trail, planted, venue, rename, snapshot, rowsOf, only, brief, entries } = useUndo();

  describe('puts back', () => {
    it('an insert: the row is deleted', async () => {
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
      expect(steps).toMatchObject([
        {
          action: 'update',
          table: 'venues',
          recordId: venue(),
          columns: ['name', 'location', 'updated_at'],
          changes: [
            { column: 'name', from: 'x' },
            { column: 'location' },
            { column: 'updated_at' },
          ],
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

    it('a deleted user with all cascaded rows and references', async () => {
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

    it('nothing of a row that was inserted and deleted in the transaction', async () => {
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

    it('a row whose unique value another row of the transaction took', async () => {
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

    it('rows with foreign keys: parents are inserted first', async () => {
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

    it('generated keys: serial, bigserial and identity', async () => {
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

    it('a changed key, with the rows that refer to it', async () => {
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

    it('a key of two columns, one of which changed with a parent', async () => {
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

    it('changed keys of indistinguishable rows, without mixing up their secrets', async () => {
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

  describe('in a dry run', () => {
    it('returns the same steps, and changes nothing, including the trail', async () => {
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

    it('finds the same conflicts', async () => {
      const id = await rename('first');
      await rename('second');
      await trail.expectRefusal(
        () => trail.audit.undoTransaction(id, { dryRun: true }),
        'UNDO_CONFLICT',
      );
    });
  });

  describe('is recorded in the trail', () => {
    it('with its actor and the undone entry', async () => {
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

    it('and does not mark later writes of the same transaction', async () => {
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

    it('or not at all, when it fails inside another transaction, which continues', async () => {
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

    it('and continues after a refused statement', async () => {
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

  describe('to a time', () => {
    it('puts a record back to its state then, over later changes', async () => {
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

    it('keeps current secrets', async () => {
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

    it('does nothing for an unchanged record', async () => {
      const at = await trail.now();
      expect(brief((await trail.audit.restore(Venue, venue(), at)).steps)).toEqual(['none venues']);
    });
  });
});
