import { UndoConflictError } from '@singr/database';
import { useUndo } from './use-undo.js';

const { trail, planted, venue, only, entries } = useUndo();

const row = (columns: string) =>
  only<Record<string, unknown>>(
    `SELECT ${columns}, updated_at::text AS time FROM venues WHERE venues_id = $1`,
    [venue()],
  );
const set = (columns: string) =>
  trail.run(`UPDATE venues SET ${columns} WHERE venues_id = $1`, [venue()]);
const sequenceOf = async (transactionId: string) => (await entries(transactionId))[0]!.sequence;

describe('an undo of single columns', () => {
  it('puts back the columns that are named, by property or column, and keeps the others', async () => {
    const before = await row('address');
    const sequence = await sequenceOf(
      await set(`address = 'new', postal_code = 'new', city = 'new'`),
    );
    const { time } = await row('city');
    const options = { columns: ['address', 'postalCode'] };
    const plan = await trail.audit.undo(sequence, { ...options, dryRun: true });
    expect(plan.steps).toMatchObject([
      { action: 'update', columns: ['address', 'postal_code'], kept: ['city'] },
    ]);
    expect((await trail.audit.undo(sequence, options)).steps).toEqual(plan.steps);
    const after = await row('address, city');
    expect(after).toMatchObject({ address: before['address'], city: 'new' });
    // The row is in a state that it never had before.
    expect(after['time']).not.toBe(time);
    const { entries: newest } = await trail.audit.history({ table: 'venues', limit: 1 });
    expect(newest).toMatchObject([{ undoes: sequence }]);
  });

  it('ignores later changes of other columns, and refuses those of its own', async () => {
    const { city } = await row('city');
    const sequence = await sequenceOf(await set(`address = 'mine', city = 'mine'`));
    await set(`address = 'theirs'`);
    await trail.expectRefusal(
      () => trail.audit.undo(sequence, { columns: ['address'] }),
      'UNDO_CONFLICT',
      /\(address\)/,
    );
    await trail.audit.undo(sequence, { columns: ['city'] });
    expect(await row('address, city')).toMatchObject({ address: 'theirs', city });
  });

  it('restores single columns to their values at a time', async () => {
    const { address } = await row('address');
    const moment = await trail.now();
    await set(`address = 'later', city = 'later'`);
    await trail.audit.restore('venues', venue(), moment, { columns: ['address'] });
    expect(await row('address, city')).toMatchObject({ address, city: 'later' });
  });

  it('leaves a secret that it does not name for a later undo', async () => {
    const user = planted.value('users', 'users_id');
    const sequence = await sequenceOf(
      await trail.run(`UPDATE users SET name = 'new', password_hash = 'new' WHERE users_id = $1`, [
        user,
      ]),
    );
    const { steps } = await trail.audit.undo(sequence, { columns: ['name'] });
    expect(steps).toMatchObject([{ columns: ['name'], lost: [] }]);
    const { entries: newest } = await trail.audit.history({ table: 'users', limit: 1 });
    expect(newest).toMatchObject([{ undoes: null }]);
  });

  it('refuses columns that do not exist or did not change, and rows that were inserted or deleted', async () => {
    const updated = await sequenceOf(await set(`address = 'new'`));
    await trail.expectRefusal(
      () => trail.audit.undo(updated, { columns: ['nothing'] }),
      'INVALID_HISTORY_QUERY',
    );
    for (const columns of [['city'], []]) {
      await trail.expectRefusal(() => trail.audit.undo(updated, { columns }), 'UNDO_IMPOSSIBLE');
    }
    const { entries: inserted } = await trail.audit.history({
      table: 'venues',
      id: venue(),
      operations: ['INSERT'],
    });
    await trail.expectRefusal(
      () => trail.audit.undo(inserted[0]!.sequence, { columns: ['name'] }),
      'UNDO_IMPOSSIBLE',
      /inserted or deleted/,
    );
    const { transactionId } = inserted[0]!;
    await trail.expectRefusal(
      () => trail.audit.undoTransaction(transactionId, { columns: ['name'] } as object),
      'UNDO_IMPOSSIBLE',
      /one entry/,
    );
  });
});

it('describes the first 20 conflicts of an undo, and counts the rest', () => {
  const conflicts = Array.from({ length: 57 }, (_, index) => ({
    table: 'venues',
    recordId: String(index),
    reason: 'has changed since',
    columns: [],
  }));
  const error = new UndoConflictError(conflicts);
  expect(error.message).toMatch(/venues 19 has changed since; and 37 more\./);
  expect(error.conflicts).toHaveLength(57);
});
