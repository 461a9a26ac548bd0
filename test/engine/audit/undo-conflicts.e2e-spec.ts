import { Venue } from '@singr/database';
import { ann } from '../../support/people.js';
import { failure } from '../../support/scripted-app.js';
import { describeOnServer } from '../../support/database.js';
import { useUndo } from './use-undo.js';

describe('an undo', () => {
  const { trail, planted, venue, rename, only, nameOf, brief, entries } = useUndo();

  describe('is refused because of a conflict,', () => {
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

    it("when another column changed since, with { conflicts: 'row' }", async () => {
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

    it('when the record was deleted since; with force, it is inserted again', async () => {
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

    it('when a deleted record exists again; with force, it is overwritten', async () => {
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

    it('when later rows refer to an inserted one; with force, they are deleted or set to null', async () => {
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
      // The effect on the request is a new change.
      expect((await updatedAt()).at > at).toBe(true);
    });

    it('when a foreign key prevents the delete of an inserted row, also with force', async () => {
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

    it('and the error names each record', async () => {
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

    it('but not when the record was already put back', async () => {
      const id = await rename('first');
      await trail.audit.undoTransaction(id);
      const count = async () =>
        (await trail.audit.history({ entity: Venue, id: venue() })).entries.length;
      const entriesBefore = await count();
      expect(brief((await trail.audit.undoTransaction(id)).steps)).toEqual(['none venues']);
      expect(await count()).toBe(entriesBefore);
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

    it('waits for an earlier writer, and then reports the conflict', async () => {
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
