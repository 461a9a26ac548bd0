import { createHash } from 'node:crypto';
import {
  ActorContext,
  FavoritesService,
  Request,
  RequestRepository,
  RequestService,
  SingerProfile,
  SingerRequestHistoryRepository,
  StateRepository,
  Venue,
  VenueService,
  type Point,
  type User,
} from '@singr/database';
import { describeOnServer, useDatabase } from '../../support/database.js';
import { createUser, createVenue } from '../../support/fixtures.js';
import { createTestApp, type TestApp } from '../../support/test-app.js';

const database = useDatabase();
const nobody = '7e0a5e6e-0000-4000-8000-000000000000';
const song = { artist: 'Queen', title: 'Bohemian Rhapsody' };
let app: TestApp;
let service: RequestService;
let requests: RequestRepository;
let history: SingerRequestHistoryRepository;
let favorites: FavoritesService;
let state: StateRepository;
let venue: Venue;
let user: User;
let singer: SingerProfile;

beforeAll(async () => {
  app = await createTestApp(database);
  service = app.get(RequestService);
  requests = app.get(RequestRepository);
  history = app.get(SingerRequestHistoryRepository);
  favorites = app.get(FavoritesService);
  state = app.get(StateRepository);
});

beforeEach(async () => {
  const { manager } = app.dataSource;
  venue = await createVenue(manager);
  user = await createUser(manager);
  singer = await manager.save(manager.create(SingerProfile, { userId: user.id }));
});

describe('submit()', () => {
  it('writes the request, the serial and the history in one transaction, with the actor', async () => {
    const { request, serial } = await ActorContext.run({ userId: user.id }, () =>
      service.submit({
        ...song,
        venueId: venue.id,
        keyChange: -2,
        notes: 'for Ann',
        singerProfileId: singer.id,
        submittedByUserId: user.id,
      }),
    );
    expect(serial).toBe(2);
    expect(request).toEqual({
      ...(await requests.findOneByOrFail({ id: request.id })),
      nameToCall: user.displayName,
    });
    expect(request).toMatchObject({ ...song, keyChange: -2, notes: 'for Ann', processed: false });
    const { entries } = await history.page(singer.id);
    expect(entries).toMatchObject([
      {
        ...song,
        venueId: venue.id,
        keyChange: -2,
        requestedAt: request.requestedAt,
        songFingerprint: createHash('sha256').update('queen\nbohemian rhapsody').digest('hex'),
      },
    ]);
    const trail = await database.query<{ table_name: string; transactions: number }>(
      `SELECT table_name, count(*) OVER (PARTITION BY transaction_id)::int AS together
       FROM audit_logs WHERE user_id = $1 ORDER BY table_name`,
      [user.id],
    );
    expect(trail).toEqual(
      ['requests', 'singer_request_history', 'state'].map((table_name) => ({
        table_name,
        together: 3,
      })),
    );
  });

  it('writes no history for an unknown singer', async () => {
    const { request } = await service.submit({ ...song, venueId: venue.id });
    expect(request).toMatchObject({ singerProfileId: null, submittedByUserId: null, notes: null });
    expect(await history.countBy({ venueId: venue.id })).toBe(0);
  });

  it('gives every spelling of a song one fingerprint', async () => {
    for (const artist of ['Beyoncé', ' BEYONCE ', 'Beyonce\u0301']) {
      await service.submit({
        artist,
        title: 'Halo',
        venueId: venue.id,
        singerProfileId: singer.id,
      });
    }
    const { entries } = await history.page(singer.id);
    expect(new Set(entries.map(({ songFingerprint }) => songFingerprint)).size).toBe(1);
    expect(entries.map(({ artist }) => artist)).toContain('BEYONCE');
  });

  it.each([
    [{ venueId: nobody }, 'VENUE_NOT_FOUND'],
    [{ venueId: 'bar' }, 'VENUE_NOT_FOUND'],
    [{ singerProfileId: nobody }, 'SINGER_PROFILE_NOT_FOUND'],
    [{ singerProfileId: '1' }, 'SINGER_PROFILE_NOT_FOUND'],
    [{ submittedByUserId: nobody }, 'USER_NOT_FOUND'],
    [{ submittedByUserId: '1' }, 'USER_NOT_FOUND'],
    [{ artist: ' ' }, 'INVALID_REQUEST'],
    [{ title: '\u0000' }, 'INVALID_REQUEST'],
    [{ notes: 'for\u0000 Ann' }, 'INVALID_TEXT'],
    [{ keyChange: 0.5 }, 'INVALID_REQUEST'],
    [{ keyChange: 25 }, 'INVALID_REQUEST'],
  ])('refuses %o and changes nothing', async (change, code) => {
    await expect(service.submit({ ...song, venueId: venue.id, ...change })).rejects.toMatchObject({
      code,
    });
    expect(await requests.countBy({ venueId: venue.id })).toBe(0);
    expect(await state.currentSerial(venue.customerProfileId)).toBe(1);
  });

  it('refuses when the venue is closed, and leaves the surrounding transaction usable', async () => {
    await app.get(VenueService).close(venue.id);
    await app.dataSource.transaction(async () => {
      await expect(service.submit({ ...song, venueId: venue.id })).rejects.toMatchObject({
        code: 'VENUE_NOT_ACCEPTING',
        message: expect.stringContaining('opened'),
      });
      await app.get(VenueService).open(venue.id);
      await service.submit({ ...song, venueId: venue.id });
    });
    expect(await requests.findOpen(venue.id)).toHaveLength(1);
    expect(await state.currentSerial(venue.customerProfileId)).toBe(4);
  });

  it('is rolled back with the surrounding transaction', async () => {
    const failure = new Error('later');
    await expect(
      app.dataSource.transaction(async () => {
        await service.submit({ ...song, venueId: venue.id, singerProfileId: singer.id });
        throw failure;
      }),
    ).rejects.toBe(failure);
    expect(await requests.countBy({ venueId: venue.id })).toBe(0);
    expect(await history.countBy({ venueId: venue.id })).toBe(0);
    expect(await state.currentSerial(venue.customerProfileId)).toBe(1);
  });

  describeOnServer('concurrently', () => {
    it('gives fifty submissions fifty serials', async () => {
      const submitted = await Promise.all(
        Array.from({ length: 50 }, (_, index) =>
          service.submit({
            artist: 'Queen',
            title: `Song ${index}`,
            venueId: venue.id,
            singerProfileId: singer.id,
          }),
        ),
      );
      expect(submitted.map(({ serial }) => serial).sort((a, b) => a - b)).toEqual(
        Array.from({ length: 50 }, (_, index) => index + 2),
      );
      expect(await requests.findOpen(venue.id)).toHaveLength(50);
      expect(await history.countBy({ singerProfileId: singer.id })).toBe(50);
      expect(await state.currentSerial(venue.customerProfileId)).toBe(51);
    });

    it('accepts no submission after the closing of the venue', async () => {
      const closing = await database.connect();
      await closing.query('BEGIN');
      await closing.query('UPDATE venues SET accepting_requests = false WHERE venues_id = $1', [
        venue.id,
      ]);
      const submission = service.submit({ ...song, venueId: venue.id });
      submission.catch(() => undefined);
      await new Promise((resolve) => setTimeout(resolve, 100));
      await closing.query('COMMIT');
      await expect(submission).rejects.toMatchObject({ code: 'VENUE_NOT_ACCEPTING' });
      expect(await state.currentSerial(venue.customerProfileId)).toBe(1);
    });

    it.each([
      ['SINGER_PROFILE_NOT_FOUND', 'singer_profiles', () => ({ singerProfileId: singer.id })],
      ['USER_NOT_FOUND', 'users', () => ({ submittedByUserId: user.id })],
    ])('refuses with %s for a row that is being deleted', async (code, table, person) => {
      const [id] = Object.values(person());
      const deleting = await database.connect();
      await deleting.query('BEGIN');
      await deleting.query(`DELETE FROM ${table} WHERE ${table}_id = $1`, [id]);
      await app.dataSource.transaction(async () => {
        const submission = service.submit({ ...song, venueId: venue.id, ...person() });
        submission.catch(() => undefined);
        await new Promise((resolve) => setTimeout(resolve, 100));
        await deleting.query('COMMIT');
        await expect(submission).rejects.toMatchObject({ code });
        // The transaction stays usable.
        await service.submit({ ...song, venueId: venue.id });
      });
      expect(await requests.findOpen(venue.id)).toHaveLength(1);
    });

    it('survives submissions, processing, clearing, opening and closing all together', async () => {
      const first = await service.submit({ ...song, venueId: venue.id });
      const venues = app.get(VenueService);
      const outcomes = await Promise.allSettled(
        Array.from({ length: 60 }, (_, index) => {
          if (index % 10 === 3) return venues.close(venue.id);
          if (index % 10 === 5) return venues.open(venue.id);
          if (index % 10 === 7) return service.clear(venue.id);
          if (index % 10 === 9) return service.process(venue.id, first.request.id);
          return service.submit({ ...song, venueId: venue.id });
        }),
      );
      const failures = outcomes.flatMap((outcome) =>
        outcome.status === 'rejected' ? [outcome.reason.code] : [],
      );
      expect(
        failures.filter((code) => !/^(VENUE_NOT_ACCEPTING|REQUEST_NOT_FOUND)$/.test(code)),
      ).toEqual([]);
      const serials = outcomes.flatMap((outcome) =>
        outcome.status === 'fulfilled' && outcome.value.serial !== null
          ? [outcome.value.serial]
          : [],
      );
      expect(new Set(serials).size).toBe(serials.length);
      expect(await state.currentSerial(venue.customerProfileId)).toBe(serials.length + 2);
    });
  });
});

describe('findNewest()', () => {
  it('returns the latest requests of all venues, each with its venue and its singer', async () => {
    const location: Point = { type: 'Point', coordinates: [-122.4194, 37.7749] };
    const other = await createVenue(app.dataSource.manager, { location });
    await service.submit({ ...song, venueId: venue.id });
    await service.submit({ ...song, venueId: other.id, singerProfileId: singer.id });
    await service.submit({ ...song, venueId: venue.id, singerProfileId: singer.id });

    const newest = await requests.findNewest(3);
    expect(newest.map((request) => request.venue.id)).toEqual([venue.id, other.id, venue.id]);
    expect(newest[1]!.venue.location).toEqual(location);
    expect(newest.map(({ singerProfile }) => singerProfile?.id)).toEqual([
      singer.id,
      singer.id,
      undefined,
    ]);
    expect(newest).toEqual(
      await requests.find({
        relations: { venue: true, singerProfile: true },
        order: { id: 'DESC' },
        take: 3,
      }),
    );
    expect(newest[0]).toBeInstanceOf(Request);
    expect(newest[0]!.venue).toBeInstanceOf(Venue);
  });

  it('notifies subscribers of loaded entities', async () => {
    const { subscribers } = app.dataSource;
    const loaded: unknown[] = [];
    const subscriber = { afterLoad: (entity: unknown) => void loaded.push(entity) };
    subscribers.push(subscriber);
    try {
      await service.submit({ ...song, venueId: venue.id, singerProfileId: singer.id });
      const [newest] = await requests.findNewest(1);
      expect(loaded).toEqual(
        expect.arrayContaining([newest, newest!.venue, newest!.singerProfile]),
      );
    } finally {
      subscribers.splice(subscribers.indexOf(subscriber), 1);
    }
  });

  it.each([0, 501, 1.5, Number.NaN])('refuses a limit of %d', async (limit) => {
    await expect(requests.findNewest(limit)).rejects.toMatchObject({
      code: 'INVALID_COUNT',
    });
  });
});

describe('the queue', () => {
  const submit = async (title: string) =>
    (await service.submit({ artist: 'Queen', title, venueId: venue.id })).request;

  it('has the oldest first', async () => {
    for (const title of ['a', 'b', 'c']) await submit(title);
    expect((await requests.findOpen(venue.id)).map(({ title }) => title)).toEqual(['a', 'b', 'c']);
  });

  it('of no venue is empty', async () => {
    expect(await requests.findOpen('x')).toEqual([]);
  });

  it('has the singer, if known', async () => {
    await app.dataSource.getRepository(SingerProfile).update(singer.id, { nickname: 'Farrokh' });
    await submit('a');
    await service.submit({ ...song, venueId: venue.id, singerProfileId: singer.id });
    const open = await requests.findOpen(venue.id);
    expect(open.map(({ singerProfile }) => singerProfile?.nickname)).toEqual([
      undefined,
      'Farrokh',
    ]);
    const found = await requests.find({
      where: { venueId: venue.id },
      relations: { singerProfile: true },
      order: { id: 'ASC' },
    });
    expect(open).toEqual(
      found.map((request) => ({
        ...request,
        nameToCall: request.singerProfile?.nickname ?? null,
      })),
    );
    expect(open[0]).toBeInstanceOf(Request);
  });

  it('loses a processed request, once', async () => {
    const { id } = await submit('a');
    await submit('b');
    expect(await service.process(venue.id, id)).toEqual({ count: 1, serial: 4 });
    expect(await service.process(venue.id, id)).toEqual({ count: 0, serial: null });
    expect((await requests.findOpen(venue.id)).map(({ title }) => title)).toEqual(['b']);
    const processed = await requests.findOneByOrFail({ id });
    expect(processed.processed).toBe(true);
    expect(processed.processedAt).toBeInstanceOf(Date);
    expect(await state.currentSerial(venue.customerProfileId)).toBe(4);
  });

  it('is cleared once, and processed requests are kept', async () => {
    const { id } = await submit('a');
    await submit('b');
    await submit('c');
    await service.process(venue.id, id);
    expect(await service.clear(venue.id)).toEqual({ count: 2, serial: 6 });
    expect(await service.clear(venue.id)).toEqual({ count: 0, serial: null });
    expect(await requests.findBy({ venueId: venue.id })).toMatchObject([{ id, title: 'a' }]);
  });

  it('is independent of other venues', async () => {
    const other = await createVenue(app.dataSource.manager);
    const { id } = await submit('a');
    await expect(service.process(other.id, id)).rejects.toMatchObject({
      code: 'REQUEST_NOT_FOUND',
    });
    expect(await service.clear(other.id)).toEqual({ count: 0, serial: null });
    expect(await requests.findOpen(venue.id)).toHaveLength(1);
  });

  it.each(['0', '9223372036854775807', '9223372036854775808', '-1', 'x', ''])(
    'has no request %j',
    async (id) => {
      await expect(service.process(venue.id, id)).rejects.toMatchObject({
        code: 'REQUEST_NOT_FOUND',
      });
    },
  );

  it('cannot be cleared for an unknown venue', async () => {
    for (const id of [nobody, 'x']) {
      await expect(service.clear(id)).rejects.toMatchObject({ code: 'VENUE_NOT_FOUND' });
      await expect(service.process(id, '1')).rejects.toMatchObject({ code: 'REQUEST_NOT_FOUND' });
    }
  });

  describeOnServer('concurrently', () => {
    it('is processed once by concurrent calls', async () => {
      const { id } = await submit('a');
      const changes = await Promise.all(
        Array.from({ length: 20 }, () => service.process(venue.id, id)),
      );
      expect(changes.filter(({ count }) => count === 1)).toHaveLength(1);
      expect(await state.currentSerial(venue.customerProfileId)).toBe(3);
    });
  });
});

describe('favourites', () => {
  const up = { ...song, keyChange: 2 };

  it('are set and unset, and the result says whether that changed anything', async () => {
    expect(await favorites.setVenue(singer.id, venue.id, true)).toBe(true);
    expect(await favorites.setVenue(singer.id, venue.id, true)).toBe(false);
    expect(await favorites.venues(singer.id)).toMatchObject([{ venue: { id: venue.id } }]);
    expect(await favorites.setVenue(singer.id, venue.id, false)).toBe(true);
    expect(await favorites.setVenue(singer.id, venue.id, false)).toBe(false);

    expect(await favorites.setSong(singer.id, song, true)).toBe(true);
    expect(await favorites.setSong(singer.id, song, true)).toBe(false);
    expect(await favorites.setSong(singer.id, up, true)).toBe(true);
    expect(await favorites.songs(singer.id)).toHaveLength(2);
    expect(await favorites.setSong(singer.id, song, false)).toBe(true);
    expect(await favorites.setSong(singer.id, song, false)).toBe(false);
    expect(await favorites.songs(singer.id)).toMatchObject([up]);
  });

  it('require an existing singer and venue', async () => {
    expect(await favorites.songs('x')).toEqual([]);
    expect(await favorites.venues('x')).toEqual([]);
    for (const id of [nobody, 'x']) {
      for (const favorite of [true, false]) {
        await expect(favorites.setSong(id, song, favorite)).rejects.toMatchObject({
          code: 'SINGER_PROFILE_NOT_FOUND',
        });
        await expect(favorites.setVenue(id, venue.id, favorite)).rejects.toMatchObject({
          code: 'SINGER_PROFILE_NOT_FOUND',
        });
        await expect(favorites.setVenue(singer.id, id, favorite)).rejects.toMatchObject({
          code: 'VENUE_NOT_FOUND',
        });
      }
    }
    await expect(favorites.setSong(singer.id, { ...song, title: '' }, true)).rejects.toMatchObject({
      code: 'INVALID_REQUEST',
    });
  });

  describeOnServer('concurrently', () => {
    it('refuse a venue that is being deleted', async () => {
      const deleting = await database.connect();
      await deleting.query('BEGIN');
      await deleting.query('DELETE FROM venues WHERE venues_id = $1', [venue.id]);
      await app.dataSource.transaction(async () => {
        const setting = favorites.setVenue(singer.id, venue.id, true);
        setting.catch(() => undefined);
        await new Promise((resolve) => setTimeout(resolve, 100));
        await deleting.query('COMMIT');
        await expect(setting).rejects.toMatchObject({ code: 'VENUE_NOT_FOUND' });
        expect(await favorites.setSong(singer.id, song, true)).toBe(true);
      });
      expect(await favorites.venues(singer.id)).toEqual([]);
    });

    it('are added once by concurrent calls', async () => {
      const set = (favorite: boolean) =>
        Promise.all(
          Array.from({ length: 20 }, (_, index) =>
            index % 2 === 0
              ? favorites.setSong(singer.id, song, favorite)
              : favorites.setVenue(singer.id, venue.id, favorite),
          ),
        );
      for (const favorite of [true, false]) {
        expect((await set(favorite)).filter((changed) => changed)).toHaveLength(2);
      }
    });
  });
});
