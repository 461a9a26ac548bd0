import { AuditService, Request } from '@singr/database';
import { useUndo } from './use-undo.js';

const placeholder = { redacted: 'placeholder' } as const;

describe('an undo', () => {
  const { trail, planted, rename, snapshot, only, nameOf } = useUndo();

  describe('of redacted columns', () => {
    const user = () => planted.value('users', 'users_id');
    const passwordOf = async () =>
      (
        await only<{ hash: string | null }>(
          'SELECT password_hash AS hash FROM users WHERE users_id = $1',
          [user()],
        )
      ).hash;

    it('refuses to fill in a required one without the option for it', async () => {
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

    it('refuses it in a dry run too', async () => {
      const id = await trail.run('DELETE FROM sessions WHERE sessions_id = $1', [
        planted.value('sessions', 'sessions_id'),
      ]);
      await trail.expectRefusal(
        () => trail.audit.undoTransaction(id, { dryRun: true }),
        'UNDO_REDACTED',
      );
    });

    it('sets an optional one of a deleted row to null', async () => {
      const id = await trail.run('DELETE FROM users WHERE users_id = $1', [user()]);
      const { steps } = await trail.audit.undoTransaction(id, placeholder);
      const step = steps.find(({ table }) => table === 'users')!;
      expect(step).toMatchObject({ action: 'insert', lost: ['password_hash'] });
      expect(await passwordOf()).toBeNull();
    });

    it('can continue after a row that was inserted without one', async () => {
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

    it('keeps the value of another update', async () => {
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

    it('sets one to null that was null before', async () => {
      await trail.run('UPDATE users SET password_hash = NULL WHERE users_id = $1', [user()]);
      const id = await trail.run(`UPDATE users SET password_hash = 'new' WHERE users_id = $1`, [
        user(),
      ]);
      const { steps } = await trail.audit.undoTransaction(id);
      expect(steps[0]).toMatchObject({ columns: ['password_hash', 'updated_at'], lost: [] });
      expect(await passwordOf()).toBeNull();
    });

    it('reports a change of nothing else as lost, also in a table without updated_at', async () => {
      const id = await trail.run(
        `UPDATE stripe_webhook_events SET endpoint_secret = 'new' WHERE stripe_webhook_events_id = $1`,
        [planted.value('stripe_webhook_events', 'stripe_webhook_events_id')],
      );
      const { steps } = await trail.audit.undoTransaction(id);
      expect(steps).toEqual([
        expect.objectContaining({ action: 'none', lost: ['endpoint_secret'] }),
      ]);
    });

    it('needs force to clear one that was changed since, also if an undo of that change wrote nothing', async () => {
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

    it('treats "[redacted]" in any other column as a value', async () => {
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

    it('inserts the rest of the row, and sets them to null', async () => {
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
});
