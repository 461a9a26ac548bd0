import { AuditRetention } from '../../../src/engine/audit/retention/audit-retention.js';
import { useUndo } from './use-undo.js';

describe('an undo', () => {
  const { trail, planted, venue, rename, only, nameOf, brief, entries } = useUndo();

  describe('is refused as impossible,', () => {
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

    it('when another row has the unique value now', async () => {
      const slug = planted.value('roles', 'slug');
      const id = await trail.run('DELETE FROM roles WHERE slug = $1', [slug]);
      await trail.run('INSERT INTO roles (slug) VALUES ($1)', [slug]);
      await trail.expectRefusal(
        () => trail.audit.undoTransaction(id),
        'UNDO_IMPOSSIBLE',
        /another row of "roles" has the same value by now \(roles_slug_key\)/,
      );
    });

    it('when two rows swapped a unique value', async () => {
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

    it('as a whole when one of many steps fails', async () => {
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

  describe('in a database that was restored into a new server, which reuses transaction ids,', () => {
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

    it('refuses an id of two transactions, unless a time is given', async () => {
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
      // An equal change of the row, long ago: only its time differs.
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

  describe('of partly pruned entries', () => {
    const prune = (table: string, before: string) =>
      trail.app.get(AuditRetention).prune({ table, before });
    const writeBoth = (settings: Readonly<Record<string, string>> = {}) =>
      trail.write(async (client) => {
        await client.query(`UPDATE venues SET name = 'both' WHERE venues_id = $1`, [venue()]);
        await client.query(`UPDATE roles SET description = 'both' WHERE roles_id = $1`, [
          planted.value('roles', 'roles_id'),
        ]);
      }, settings);

    it('refuses a transaction with missing entries', async () => {
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

    it('refuses a request, also one that may have begun before the first remaining entry', async () => {
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

    it('refuses a changed key if one of its two entries may be missing', async () => {
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

    it('does not refuse later entries, whatever the time of the pruning was', async () => {
      await prune('roles', '9000-01-01');
      const id = await writeBoth();
      await trail.audit.undoTransaction(id);
      expect(await nameOf()).not.toBe('both');
    });
  });

  describe('after a change of the table', () => {
    it('ignores added and dropped columns', async () => {
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
});
