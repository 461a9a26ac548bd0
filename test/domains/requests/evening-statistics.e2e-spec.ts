import { RequestRepository, SingerProfile, type User, type Venue } from '@singr/database';
import { useDatabase } from '../../support/database.js';
import { createUser, createVenue } from '../../support/fixtures.js';
import { createTestApp, type TestApp } from '../../support/test-app.js';

const database = useDatabase();
const evening = { from: new Date('2026-05-01T18:00:00Z'), to: new Date('2026-05-02T02:00:00Z') };
let app: TestApp;
let requests: RequestRepository;
let venue: Venue;
let user: User;

beforeAll(async () => {
  app = await createTestApp(database);
  requests = app.get(RequestRepository);
});

beforeEach(async () => {
  venue = await createVenue(app.dataSource.manager);
  user = await createUser(app.dataSource.manager);
});

/** Creates a request at a time of day. If it was processed, it waited this many minutes. */
async function requested(at: string, waited: number | null, values: object = {}): Promise<void> {
  const requestedAt = new Date(at);
  await requests.save({
    venueId: venue.id,
    artist: 'Queen',
    title: 'Radio Ga Ga',
    requestedAt,
    processed: waited !== null,
    processedAt: waited === null ? null : new Date(requestedAt.getTime() + waited * 60_000),
    ...values,
  });
}

describe('the statistics of an evening', () => {
  it('count its requests, its singers and how long they waited', async () => {
    const { id: singerProfileId } = await app.dataSource
      .getRepository(SingerProfile)
      .save({ userId: user.id });
    await requested('2026-05-01T18:00:00Z', 10, { singerProfileId });
    await requested('2026-05-01T20:00:00Z', 30, { singerProfileId, singerName: 'Both of us' });
    await requested('2026-05-01T21:00:00Z', 20, { singerName: 'Ann' });
    await requested('2026-05-01T22:00:00Z', null, { singerName: 'ann' });
    await requested('2026-05-02T01:59:59.999Z', null, { submittedByUserId: user.id });
    await requested('2026-05-02T01:00:00Z', 60);
    // Requests before, after and at another venue.
    await requested('2026-05-01T17:59:59.999Z', 1);
    await requested('2026-05-02T02:00:00Z', 1);
    await requested('2026-05-01T20:00:00Z', 1, {
      venueId: (await createVenue(app.dataSource.manager)).id,
    });
    expect(await requests.statistics(venue.id, evening)).toEqual({
      requests: 6,
      processed: 4,
      singers: 3,
      waiting: { average: 30 * 60_000, median: 25 * 60_000, longest: 60 * 60_000 },
    });
  });

  it('have no waiting time while nothing was processed', async () => {
    await requested('2026-05-01T18:00:00Z', null);
    expect(await requests.statistics(venue.id, { from: evening.from })).toEqual({
      requests: 1,
      processed: 0,
      singers: 0,
      waiting: null,
    });
  });

  it('of an unknown venue are empty', async () => {
    for (const id of ['7e0a5e6e-0000-4000-8000-000000000000', 'x']) {
      expect(await requests.statistics(id, evening)).toMatchObject({ requests: 0, waiting: null });
    }
  });

  it('refuse an invalid window of time', async () => {
    for (const window of [
      { from: evening.to, to: evening.from },
      { from: new Date(Number.NaN) },
      { from: evening.from, to: new Date(Number.NaN) },
      { from: '2026-05-01' as never },
    ]) {
      await expect(requests.statistics(venue.id, window)).rejects.toMatchObject({
        code: 'INVALID_WINDOW',
      });
    }
  });

  it('are read by the index on the venue and the time', async () => {
    const plan = await app.dataSource.transaction(async (manager) => {
      await manager.query('SET LOCAL enable_seqscan = off');
      return manager.query<object[]>(
        `EXPLAIN SELECT count(*) FROM requests WHERE venues_id = gen_random_uuid() AND requested_at >= now()`,
      );
    });
    expect(JSON.stringify(plan)).toContain('requests_venues_id_requested_at_idx');
  });
});
