import { User, Venue } from '@singr/database';
import { actingAs, create, expectAudit } from '@singr/database/testing';
import type { DataSource } from 'typeorm';
import { useTestDatabase } from './use-test-database.js';

describe('expectAudit()', () => {
  const database = useTestDatabase();
  let dataSource: DataSource;
  let owner: User;
  let venue: Venue;

  beforeAll(async () => {
    dataSource = await database().dataSource();
    owner = await create(dataSource, User);
    venue = await create(dataSource, Venue);
    await actingAs(owner, () =>
      dataSource.getRepository(Venue).update({ id: venue.id }, { name: 'Singing Cowboy' }),
    );
  });

  it('finds who changed what', async () => {
    const entry = await expectAudit(database(), {
      of: Venue,
      id: venue.id,
      operation: 'UPDATE',
      by: owner,
      changed: ['name'],
      before: { name: 'Test Karaoke Bar' },
      after: { name: 'Singing Cowboy' },
      times: 1,
    });
    expect(entry.recordId).toBe(venue.id);
  });

  it('takes a data source or a manager as well, and a table by its name', async () => {
    await expectAudit(dataSource, { of: 'venues', id: venue.id, by: owner.id });
    await expectAudit(dataSource.manager, { of: 'venues', id: venue.id, by: { userId: owner.id } });
  });

  it('matches entries without an actor, and with a named actor', async () => {
    await expectAudit(database(), { of: Venue, id: venue.id, operation: 'INSERT', by: null });
    const user = await actingAs({ name: 'nightly import' }, () => create(dataSource, User));
    await expectAudit(database(), { of: User, id: user.id, by: { name: 'nightly import' } });
  });

  it('knows what was done to any record of a table', async () => {
    await expectAudit(database(), { of: Venue, by: owner, operation: 'UPDATE' });
    await expectAudit(database(), { of: Venue, by: { name: 'nobody of that name' }, times: 0 });
  });

  it('refuses an id that is undefined, which would be every record', async () => {
    const id = undefined as unknown as string;
    await expect(expectAudit(database(), { of: Venue, id })).rejects.toMatchObject({
      code: 'MISSING_FILTER',
    });
  });

  it('expects nothing where nothing is to be', async () => {
    await expectAudit(database(), { of: Venue, id: venue.id, operation: 'DELETE', times: 0 });
  });

  it.each([
    ['another actor', { by: { name: 'somebody else' } }, /UPDATE by .*: by is \{ userId: /],
    ['another column', { changed: ['city'] }, /changed is \[ 'name' \]/],
    ['another value', { after: { name: 'Other' } }, /after\.name is 'Singing Cowboy'/],
    ['another number', { times: 2 }, /Expected 2 such entries in the audit trail, and found 1/],
    ['no entry', { times: 0 }, /Expected 0 such entries .* found 1/],
  ])('fails for %s, and says what there is', async (_, expectation, message) => {
    const failing = expectAudit(database(), {
      of: Venue,
      id: venue.id,
      operation: 'UPDATE',
      ...expectation,
    });
    await expect(failing).rejects.toThrow(message);
    await expect(failing).rejects.toHaveProperty('code', 'AUDIT_EXPECTATION');
  });

  it('leaves the message to itself: a runner has no values to compare, and the stack begins in the test', async () => {
    const failing: Promise<unknown> = expectAudit(database(), {
      of: Venue,
      id: venue.id,
      times: 9,
    });
    const error = (await failing.catch((caught: unknown) => caught)) as Error;
    expect(error).not.toHaveProperty('expected');
    expect(error).not.toHaveProperty('actual');
    expect(error.name).not.toBe('AssertionError');
    expect(error.stack).toContain('expect-audit.e2e-spec');
  });

  it('fails for a record that has no entry', async () => {
    const id = '00000000-0000-4000-8000-000000000000';
    await expect(expectAudit(database(), { of: Venue, id })).rejects.toThrow('none of it');
  });
});
