import {
  type CustomerProfile,
  RequestService,
  SingerProfile,
  songFingerprint,
  SongPopularityRepository,
  type Venue,
} from '@singr/database';
import { useDatabase } from '../../support/database.js';
import { createCustomerProfile, createUser, createVenue } from '../../support/fixtures.js';
import { createTestApp, type TestApp } from '../../support/test-app.js';

const database = useDatabase();
const halo = songFingerprint('Beyoncé', 'Halo');
const hello = songFingerprint('Adele', 'Hello');
const jolene = songFingerprint('Dolly Parton', 'Jolene');
let app: TestApp;
let popularity: SongPopularityRepository;
let customer: CustomerProfile;
let bar: Venue;
let club: Venue;
let elsewhere: Venue;
let singerProfileId: string;

beforeAll(async () => {
  app = await createTestApp(database);
  popularity = app.get(SongPopularityRepository);
});

beforeEach(async () => {
  await database.query('DELETE FROM singer_request_history');
  const { manager } = app.dataSource;
  customer = await createCustomerProfile(manager);
  bar = await createVenue(manager, { customerProfileId: customer.id });
  club = await createVenue(manager, { customerProfileId: customer.id });
  elsewhere = await createVenue(manager);
  const user = await createUser(manager);
  ({ id: singerProfileId } = await manager.getRepository(SingerProfile).save({ userId: user.id }));
});

async function requested(venue: Venue, artist: string, title: string, times = 1): Promise<void> {
  for (let time = 0; time < times; time++) {
    await app.get(RequestService).submit({ venueId: venue.id, artist, title, singerProfileId });
  }
}

const daysAgo = (days: number) => new Date(Date.now() - days * 24 * 60 * 60 * 1000);

/** Moves the requests of a venue into the past. */
const age = (venue: Venue, days: number) =>
  database.query(
    `UPDATE singer_request_history SET requested_at = requested_at - $2 * interval '1 day' WHERE venues_id = $1`,
    [venue.id, days],
  );

const titles = async (options = {}) =>
  (await popularity.mostRequested(options)).map(({ title, requests }) => `${title} ${requests}`);

describe('the songs that are requested most', () => {
  beforeEach(async () => {
    await requested(bar, 'Dolly Parton', 'Jolene', 2);
    await requested(bar, 'Beyoncé', 'Halo');
    await requested(club, 'Beyoncé', 'Halo', 2);
    await requested(elsewhere, 'Adele', 'Hello', 4);
  });

  it('are those at a venue, at a customer’s venues, or everywhere', async () => {
    expect(await titles({ venueId: bar.id })).toEqual(['Jolene 2', 'Halo 1']);
    expect(await titles({ customerProfileId: customer.id })).toEqual(['Halo 3', 'Jolene 2']);
    expect(await titles()).toEqual(['Hello 4', 'Halo 3', 'Jolene 2']);
    expect(await titles({ limit: 1 })).toEqual(['Hello 4']);
  });

  it('count all spellings of a song together, and have the spelling of the latest request', async () => {
    await requested(bar, ' BEYONCE', 'halo', 2);
    expect(await popularity.mostRequested({ venueId: bar.id, limit: 1 })).toEqual([
      {
        songFingerprint: halo,
        artist: 'BEYONCE',
        title: 'halo',
        requests: 3,
        lastRequestedAt: expect.any(Date),
      },
    ]);
  });

  it('have the song with the later request first when two are requested equally often', async () => {
    await requested(bar, 'Beyoncé', 'Halo');
    expect(await titles({ venueId: bar.id })).toEqual(['Halo 2', 'Jolene 2']);
  });

  it('are those of the last 30 days, or of another window', async () => {
    await age(elsewhere, 31);
    expect(await titles()).toEqual(['Halo 3', 'Jolene 2']);
    expect(await titles({ window: { from: daysAgo(40) } })).toHaveLength(3);
    expect(await titles({ window: { from: daysAgo(40), to: daysAgo(1) } })).toEqual(['Hello 4']);
  });

  it('are none at an unknown place', async () => {
    const nowhere = '7e0a5e6e-0000-4000-8000-000000000000';
    for (const place of [
      { venueId: 'x' },
      { venueId: nowhere },
      { customerProfileId: '' },
      { customerProfileId: nowhere },
    ]) {
      expect(await popularity.mostRequested(place)).toEqual([]);
      expect(await popularity.countsOf([halo], place)).toEqual(new Map());
    }
  });

  it('refuse a limit or a window that is not valid', async () => {
    for (const limit of [0, 501]) {
      await expect(popularity.mostRequested({ limit })).rejects.toMatchObject({
        code: 'INVALID_COUNT',
      });
    }
    const window = { from: daysAgo(1), to: daysAgo(2) };
    await expect(popularity.mostRequested({ window })).rejects.toMatchObject({
      code: 'INVALID_WINDOW',
    });
    await expect(popularity.countsOf([halo], { window })).rejects.toMatchObject({
      code: 'INVALID_WINDOW',
    });
  });

  it.each(['venueId', 'customerProfileId'])('refuse an undefined %s', async (filter) => {
    for (const value of [undefined, null]) {
      const options = { [filter]: value };
      const refused = { code: 'MISSING_FILTER' };
      await expect(popularity.mostRequested(options)).rejects.toMatchObject(refused);
      await expect(popularity.countsOf([halo], options)).rejects.toMatchObject(refused);
    }
  });

  it('leave out requests of deleted singers', async () => {
    await database.query('DELETE FROM singer_profiles WHERE singer_profiles_id = $1', [
      singerProfileId,
    ]);
    expect(await titles()).toEqual([]);
  });
});

describe('the counts of given songs', () => {
  it('are by fingerprint, without those that nobody requested', async () => {
    await requested(bar, 'Beyoncé', 'Halo');
    await requested(elsewhere, 'Beyoncé', 'Halo');
    await requested(elsewhere, 'Adele', 'Hello');
    const songs = [halo, hello, jolene];
    expect(await popularity.countsOf(songs, { venueId: bar.id })).toEqual(new Map([[halo, 1]]));
    expect(await popularity.countsOf(songs, { customerProfileId: customer.id })).toEqual(
      new Map([[halo, 1]]),
    );
    expect(await popularity.countsOf(songs)).toEqual(
      new Map([
        [halo, 2],
        [hello, 1],
      ]),
    );
    expect(await popularity.countsOf([])).toEqual(new Map());
    await expect(popularity.countsOf(Array(501).fill(halo))).rejects.toMatchObject({
      code: 'INVALID_COUNT',
    });
  });
});
