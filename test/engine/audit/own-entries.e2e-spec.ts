import { ActorContext, Venue } from '@singr/database';
import { ann } from '../../support/people.js';
import { failure } from '../../support/scripted-app.js';
import { useDatabase } from '../../support/database.js';
import { useTrail, type Planted } from './trail-app.js';

describe('an entry of the application’s own', () => {
  const database = useDatabase();
  const trail = useTrail(database);
  let planted: Planted;

  beforeEach(async () => {
    planted = await trail.plant();
  });

  const venue = () => planted.value('venues', 'venues_id');
  const record = (action = 'stripe.refund_created') =>
    trail.audit.record({ action, subject: Venue, id: venue(), details: { cents: 500 } });

  it('is written in the current transaction, with its actor', async () => {
    const { sequence } = await ActorContext.run({ userId: ann }, () =>
      trail.dataSource.transaction(async (manager) => {
        await manager.update(Venue, { id: venue() }, { name: 'refunded' });
        return record();
      }),
    );
    const { entries } = await trail.audit.history({ entity: Venue, id: venue(), limit: 2 });
    expect(entries[0]).toMatchObject({
      sequence,
      operation: 'stripe.refund_created',
      actor: { userId: ann },
      before: null,
      after: { cents: 500 },
      changes: [{ column: 'cents', from: null, to: 500 }],
    });
    expect(entries[1]).toMatchObject({
      operation: 'UPDATE',
      actor: { userId: ann },
      transactionId: entries[0]!.transactionId,
    });
  });

  it('is rolled back with it', async () => {
    const before = await trail.dump();
    await failure(
      trail.dataSource.transaction(async () => {
        await record();
        throw new Error('rolled back');
      }),
    );
    expect(await trail.dump()).toEqual(before);
  });

  it('has an actor outside any transaction too', async () => {
    await ActorContext.run({ name: 'nightly' }, () => record('job.done'));
    const { entries } = await trail.audit.history({ operations: ['job.done'] });
    expect(entries[0]!.actor).toEqual({ name: 'nightly' });
  });

  it('may have any subject, and is found by it', async () => {
    await trail.audit.record({ action: 'mail.sent', subject: 'newsletter', id: '2026-11' });
    await trail.audit.record({ action: 'mail.sent', subject: 'newsletter', id: { a: 1 } });
    await trail.audit.record({ action: 'mail.sent', subject: 'newsletter' });
    const { entries } = await trail.audit.history({ table: 'newsletter', order: 'oldest' });
    expect(entries.map(({ recordId, after }) => [recordId, after])).toEqual([
      ['2026-11', null],
      ['{"a":1}', null],
      [null, null],
    ]);
    expect(
      (await trail.audit.history({ table: 'newsletter', id: '2026-11' })).entries,
    ).toHaveLength(1);
  });

  it('does not affect states and undo', async () => {
    const { sequence } = await record();
    expect(await trail.audit.asOf(Venue, venue(), await trail.now())).toMatchObject({
      id: venue(),
      city: 'Nashville',
    });
    await trail.expectRefusal(() => trail.audit.undo(sequence), 'AUDIT_ENTRY_NOT_FOUND');
  });

  it.each([
    { subject: 'news\0letter' },
    { id: 'a\0b' },
    { id: { part: 'a\0b' } },
    { details: { note: 'a\0b' } },
  ])(
    'is refused for a text that cannot be stored, as in %j, without aborting the transaction',
    async (fields) => {
      await trail.dataSource.transaction(async (manager) => {
        const entry = { action: 'mail.sent', subject: 'newsletter', ...fields };
        expect(await failure(trail.audit.record(entry))).toMatchObject({
          code: 'INVALID_TEXT',
          field: Object.keys(fields)[0],
        });
        await manager.query('SELECT 1');
      });
    },
  );

  it.each([
    'INSERT',
    'DELETE',
    'PRUNE',
    'insert',
    'refund',
    'Stripe.refund',
    'stripe.',
    '.refund',
    'stripe..refund',
    'stripe.refund\nINSERT',
    "stripe.refund', 'x",
    '',
  ])(
    'cannot have the operation of a trigger: "%s" is refused, without aborting the transaction',
    async (action) => {
      const before = await trail.dump();
      await trail.dataSource.transaction(async (manager) => {
        expect(await failure(record(action))).toMatchObject({ code: 'INVALID_AUDIT_ACTION' });
        await manager.query('SELECT 1');
      });
      // Nor past the service.
      const past = trail.client.query('SELECT audit.record($1, $2, NULL, NULL)', [
        action,
        'venues',
      ]);
      expect((await failure(past)).message).toMatch(/the name of an action has the form/);
      expect(await trail.dump()).toEqual(before);
    },
  );

  it('is refused for a key that does not fit the table', async () => {
    expect(
      await failure(trail.audit.record({ action: 'a.b', subject: Venue, id: 'x' })),
    ).toMatchObject({ code: 'INVALID_RECORD_KEY' });
  });
});
