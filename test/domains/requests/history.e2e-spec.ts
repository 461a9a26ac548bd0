import {
  type Point,
  RequestService,
  SingerProfile,
  SingerRequestHistoryRepository,
  Venue,
} from '@singr/database';
import { useDatabase } from '../../support/database.js';
import { createUser, createVenue } from '../../support/fixtures.js';
import { createTestApp, type TestApp } from '../../support/test-app.js';

const database = useDatabase();
const song = { artist: 'Queen', title: 'Bohemian Rhapsody' };
let app: TestApp;
let service: RequestService;
let history: SingerRequestHistoryRepository;
let venue: Venue;
let singer: SingerProfile;

beforeAll(async () => {
  app = await createTestApp(database);
  service = app.get(RequestService);
  history = app.get(SingerRequestHistoryRepository);
});

beforeEach(async () => {
  const { manager } = app.dataSource;
  venue = await createVenue(manager);
  const user = await createUser(manager);
  singer = await manager.save(manager.create(SingerProfile, { userId: user.id }));
});

describe('the history', () => {
  it('has the venue of each request', async () => {
    const location: Point = { type: 'Point', coordinates: [-122.4194, 37.7749] };
    const other = await createVenue(app.dataSource.manager, { location });
    await service.submit({ ...song, venueId: venue.id, singerProfileId: singer.id });
    await service.submit({ ...song, venueId: other.id, singerProfileId: singer.id });
    const { entries } = await history.page(singer.id);
    expect(entries.map((entry) => entry.venue.name)).toEqual([other.name, venue.name]);
    expect(entries[0]!.venue).toBeInstanceOf(Venue);
    expect(entries[0]!.venue.location).toEqual(location);
  });

  it('is returned in pages that neither skip nor repeat entries, to the microsecond', async () => {
    await database.query(
      `INSERT INTO singer_request_history (singer_profiles_id, venues_id, artist, title, requested_at, song_fingerprint)
       SELECT $1, $2, 'Queen', n, '2026-01-01T00:00:00.000001Z'::timestamptz + n / 3 * interval '1 microsecond', ''
       FROM generate_series(0, 99) n`,
      [singer.id, venue.id],
    );
    const titles: string[] = [];
    let cursor: string | undefined;
    let pages = 0;
    do {
      const page = await history.page(singer.id, { limit: 7, cursor });
      titles.push(...page.entries.map(({ title }) => title));
      cursor = page.nextCursor ?? undefined;
      pages++;
    } while (cursor !== undefined);
    expect(pages).toBe(15);
    expect(new Set(titles).size).toBe(100);
    expect(titles.map((title) => Math.floor(Number(title) / 3))).toEqual(
      Array.from({ length: 100 }, (_, index) => Math.floor((99 - index) / 3)),
    );
    const all = await history.page(singer.id, { limit: 100 });
    expect(all.nextCursor).toBeNull();
  });

  it('refuses limits and cursors that are not valid', async () => {
    for (const limit of [0, 501]) {
      await expect(history.page(singer.id, { limit })).rejects.toMatchObject({
        code: 'INVALID_COUNT',
      });
    }
    for (const cursor of ['', 'bm8']) {
      await expect(history.page(singer.id, { cursor })).rejects.toMatchObject({
        code: 'INVALID_HISTORY_PAGE',
      });
    }
    expect(await history.page('x')).toEqual({ entries: [], nextCursor: null });
  });
});
