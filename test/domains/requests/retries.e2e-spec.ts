import { randomUUID } from 'node:crypto';
import {
  RequestService,
  SingerProfile,
  StateRepository,
  VenueService,
  type NewRequest,
  type SubmitOptions,
  type User,
  type Venue,
} from '@singr/database';
import { describeOnServer, useDatabase } from '../../support/database.js';
import { createUser, createVenue } from '../../support/fixtures.js';
import { Signal, until } from '../../engine/transaction/control.js';
import { createTestApp, type TestApp } from '../../support/test-app.js';

const database = useDatabase();
let app: TestApp;
let service: RequestService;
let venue: Venue;
let user: User;
let singer: SingerProfile;

beforeAll(async () => {
  app = await createTestApp(database);
  service = app.get(RequestService);
});

beforeEach(async () => {
  const { manager } = app.dataSource;
  venue = await createVenue(manager);
  user = await createUser(manager);
  singer = await manager.save(manager.create(SingerProfile, { userId: user.id }));
});

const submit = (key: string, values: Partial<NewRequest> = {}, options?: SubmitOptions) =>
  service.submit(
    {
      artist: 'Queen',
      title: 'Innuendo',
      venueId: venue.id,
      singerProfileId: singer.id,
      notes: 'loud',
      ...values,
    },
    { ...options, idempotencyKey: key },
  );
const serial = () => app.get(StateRepository).currentSerial(venue.customerProfileId);
const counted = async () => {
  const [counts] = await database.query<{ requests: number; history: number }>(
    `SELECT (SELECT count(*)::int FROM requests WHERE venues_id = $1) AS requests,
       (SELECT count(*)::int FROM singer_request_history WHERE venues_id = $1) AS history`,
    [venue.id],
  );
  return counts!;
};

describe('a retry with the same key', () => {
  it('returns the first request, and writes nothing', async () => {
    const key = randomUUID();
    const first = await submit(key);
    const again = await submit(key, { artist: ' QUEEN ' });
    expect(first.replayed).toBe(false);
    expect(again).toEqual({ ...first, replayed: true });
    expect(await counted()).toEqual({ requests: 1, history: 1 });
    expect(await serial()).toBe(first.serial);
  });

  it('returns it also when the venue has closed, the limit is reached and repeats are refused', async () => {
    const key = randomUUID();
    const options = { limits: { perSinger: 1, perVenue: 1 }, refuseRepeats: true };
    const { request } = await submit(key, {}, options);
    await app.get(VenueService).setAcceptingRequests(venue.id, false);
    expect(await submit(key, {}, options)).toMatchObject({
      request: { id: request.id },
      repeats: 0,
      replayed: true,
    });
  });

  it('counts the open requests for the song that came before the first request', async () => {
    await submit(randomUUID());
    const key = randomUUID();
    const { repeats } = await submit(key);
    await submit(randomUUID());
    expect(await submit(key)).toMatchObject({ repeats, replayed: true });
    expect(repeats).toBe(1);
  });

  it('is refused for another song, key change, name or notes', async () => {
    const key = randomUUID();
    await submit(key);
    const others = [
      { title: 'Other' },
      { keyChange: 1 },
      { notes: null },
      { singerName: 'Freddie' },
    ];
    for (const other of others) {
      await expect(submit(key, other)).rejects.toMatchObject({ code: 'IDEMPOTENCY_KEY_REUSED' });
    }
    expect(await counted()).toEqual({ requests: 1, history: 1 });
  });

  it('is the first request of another singer, or at another venue', async () => {
    const key = randomUUID();
    await submit(key);
    const guest = { singerProfileId: null, singerName: 'Freddie' };
    expect(await submit(key, guest)).toMatchObject({ replayed: false });
    expect(await submit(key, guest)).toMatchObject({ replayed: true });
    const sender = { singerProfileId: null, submittedByUserId: user.id };
    expect(await submit(key, sender)).toMatchObject({ replayed: false });
    const { id } = await createVenue(app.dataSource.manager);
    expect(await submit(key, { venueId: id })).toMatchObject({ replayed: false });
  });

  it('finds the request of a singer whose profile was deleted, and lets it be deleted', async () => {
    const key = randomUUID();
    await submit(key);
    await submit(key, { singerProfileId: null, singerName: 'Freddie' });
    await app.dataSource.getRepository(SingerProfile).delete({ id: singer.id });
    expect(await counted()).toMatchObject({ requests: 2 });
  });

  it('needs a key of visible characters', async () => {
    await expect(submit('')).rejects.toMatchObject({ code: 'INVALID_IDEMPOTENCY_KEY' });
  });
});

const waiting = `SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()`;

describeOnServer('retries at the same time', () => {
  it.each([
    ['without limits', {}],
    ['with limits', { limits: { perVenue: 1 } }],
  ])('add one request, %s', async (_limits, options) => {
    const key = randomUUID();
    const before = await serial();
    const all = await Promise.all(Array.from({ length: 8 }, () => submit(key, {}, options)));
    expect(new Set(all.map(({ request }) => request.id)).size).toBe(1);
    expect(all.filter(({ replayed }) => !replayed)).toHaveLength(1);
    expect(await counted()).toEqual({ requests: 1, history: 1 });
    expect(await serial()).toBe(before + 1);
  });

  it('add the request of the second when the first is rolled back', async () => {
    const key = randomUUID();
    const [added, mayEnd] = [new Signal(), new Signal()];
    const first = app.dataSource.transaction(async () => {
      await submit(key);
      added.give();
      await mayEnd.given;
      throw new Error('rolled back');
    });
    await added.given;
    const second = submit(key);
    await until(async () => (await database.query(waiting)).length > 0);
    mayEnd.give();
    await expect(first).rejects.toThrow('rolled back');
    expect(await second).toMatchObject({ replayed: false });
    expect(await counted()).toEqual({ requests: 1, history: 1 });
  });
});
