import {
  RequestRepository,
  RequestService,
  SingerProfile,
  StateRepository,
  type SubmitOptions,
  type User,
  type Venue,
} from '@singr/database';
import { describeOnServer, useDatabase } from '../../support/database.js';
import { createUser, createVenue } from '../../support/fixtures.js';
import { createTestApp, type TestApp } from '../../support/test-app.js';

const database = useDatabase();
let app: TestApp;
let service: RequestService;
let requests: RequestRepository;
let venue: Venue;
let user: User;
let singer: SingerProfile;
let songs = 0;

beforeAll(async () => {
  app = await createTestApp(database);
  service = app.get(RequestService);
  requests = app.get(RequestRepository);
});

beforeEach(async () => {
  const { manager } = app.dataSource;
  venue = await createVenue(manager);
  user = await createUser(manager);
  singer = await manager.save(manager.create(SingerProfile, { userId: user.id }));
});

const submit = (values: object, options?: SubmitOptions) =>
  service.submit(
    { artist: 'Queen', title: `Song ${songs++}`, venueId: venue.id, ...values },
    options,
  );
const two = { limits: { perSinger: 2 } };
const refusal = (of: string, allowed: number, open: number) => ({
  code: 'REQUEST_LIMIT',
  of,
  allowed,
  open,
});
const serial = () => app.get(StateRepository).currentSerial(venue.customerProfileId);

describe('a limit for each singer', () => {
  it('does not exist by default', async () => {
    for (let request = 0; request < 5; request++) await submit({ singerProfileId: singer.id });
    expect(await requests.findOpen(venue.id)).toHaveLength(5);
  });

  it('refuses one more open request, and says how many are allowed', async () => {
    const { request } = await submit({ singerProfileId: singer.id }, two);
    await submit({ singerProfileId: singer.id }, two);
    await app.dataSource.transaction(async () => {
      await expect(submit({ singerProfileId: singer.id }, two)).rejects.toMatchObject({
        ...refusal('singer', 2, 2),
        message: expect.stringContaining('allows 2 at a time'),
      });
      // The transaction stays usable, and a processed request makes room for another.
      await service.process(venue.id, request.id);
      await submit({ singerProfileId: singer.id }, two);
    });
    expect(await serial()).toBe(5);
  });

  it('applies to each venue separately', async () => {
    const other = await createVenue(app.dataSource.manager);
    for (let request = 0; request < 2; request++) await submit({ singerProfileId: singer.id }, two);
    await expect(
      submit({ singerProfileId: singer.id, venueId: other.id }, two),
    ).resolves.toBeDefined();
  });

  it('counts a guest by the name, and not by the host who sends the request', async () => {
    for (const singerName of ['Ann', 'ANN ']) {
      await submit({ singerName, submittedByUserId: user.id }, two);
    }
    await expect(
      submit({ singerName: 'ann', submittedByUserId: user.id }, two),
    ).rejects.toMatchObject(refusal('singer', 2, 2));
    await submit({ singerName: 'Bob', submittedByUserId: user.id }, two);
    await submit({ singerName: 'Ann', singerProfileId: singer.id }, two);
  });

  it('counts requests without a name by the user who sends them', async () => {
    for (let request = 0; request < 2; request++) await submit({ submittedByUserId: user.id }, two);
    await expect(submit({ submittedByUserId: user.id }, two)).rejects.toMatchObject(
      refusal('singer', 2, 2),
    );
  });

  it('does not apply to unknown singers', async () => {
    for (let request = 0; request < 3; request++) await submit({}, two);
    expect(await requests.findOpen(venue.id)).toHaveLength(3);
  });
});

describe('a limit for the venue', () => {
  const full = { limits: { perVenue: 3 } };

  it('counts everybody’s open requests', async () => {
    await submit({ singerProfileId: singer.id }, full);
    await submit({ singerName: 'Ann' }, full);
    const { request } = await submit({}, full);
    await expect(submit({}, full)).rejects.toMatchObject(refusal('venue', 3, 3));
    await service.remove(venue.id, request.id);
    await submit({}, full);
  });

  it.each([
    ['perSinger', 0],
    ['perVenue', 1.5],
  ])('cannot be %s: %d', async (limit, count) => {
    await expect(submit({}, { limits: { [limit]: count } })).rejects.toMatchObject({
      code: 'INVALID_COUNT',
    });
  });
});

describe('the same song twice', () => {
  const halo = { artist: 'Beyoncé', title: 'Halo' };

  it('is counted in any spelling', async () => {
    const { request, repeats } = await submit(halo);
    expect(repeats).toBe(0);
    expect(await submit({ artist: ' BEYONCE', title: 'halo' })).toMatchObject({ repeats: 1 });
    await service.process(venue.id, request.id);
    expect(await submit(halo)).toMatchObject({ repeats: 1 });
    const other = await createVenue(app.dataSource.manager);
    expect(await submit({ ...halo, venueId: other.id })).toMatchObject({ repeats: 0 });
  });

  it('is refused if the option is set, until it was sung', async () => {
    const once = { refuseRepeats: true };
    const { request } = await submit(halo, once);
    await expect(submit({ artist: 'Beyonce', title: 'Halo' }, once)).rejects.toMatchObject({
      code: 'SONG_ALREADY_REQUESTED',
      title: 'Halo',
    });
    await service.process(venue.id, request.id);
    await submit(halo, once);
    expect(await serial()).toBe(4);
  });
});

describeOnServer('concurrently', () => {
  const codes = (outcomes: PromiseSettledResult<unknown>[]) =>
    outcomes.map((outcome) => (outcome.status === 'rejected' ? outcome.reason.code : 'written'));
  const many = (values: () => object, options: SubmitOptions) =>
    Promise.allSettled(Array.from({ length: 30 }, () => submit(values(), options)));
  const written = (count: number, code: string) => [
    ...Array.from({ length: 30 - count }, () => code),
    ...Array.from({ length: count }, () => 'written'),
  ];

  it('a singer does not exceed the limit', async () => {
    const outcomes = await many(() => ({ singerProfileId: singer.id }), two);
    expect(codes(outcomes).sort()).toEqual(written(2, 'REQUEST_LIMIT'));
    expect(await requests.findOpen(venue.id)).toHaveLength(2);
    expect(await serial()).toBe(3);
  });

  it('a venue does not exceed the limit', async () => {
    const outcomes = await many(() => ({}), { limits: { perVenue: 7 } });
    expect(codes(outcomes).sort()).toEqual(written(7, 'REQUEST_LIMIT'));
  });

  it('a song is not added twice', async () => {
    const song = { title: 'Radio Ga Ga' };
    const outcomes = await many(() => song, { refuseRepeats: true });
    expect(codes(outcomes).sort()).toEqual(written(1, 'SONG_ALREADY_REQUESTED'));
  });

  it('long transactions do not exceed the limit, at any isolation level', async () => {
    for (const level of ['READ COMMITTED', 'REPEATABLE READ', 'SERIALIZABLE'] as const) {
      venue = await createVenue(app.dataSource.manager);
      await submit({});
      const outcomes = await Promise.allSettled(
        Array.from({ length: 5 }, () =>
          app.dataSource.transaction(level, async (manager) => {
            await manager.query('SELECT count(*) FROM requests');
            await submit({ singerProfileId: singer.id }, { limits: { perSinger: 1 } });
          }),
        ),
      );
      expect(codes(outcomes).filter((code) => code === 'written')).toHaveLength(1);
      expect(await requests.findOpen(venue.id)).toHaveLength(2);
    }
  });

  it('submissions with and without limits, closing and processing do not deadlock', async () => {
    const { request } = await submit({});
    const outcomes = await Promise.allSettled(
      Array.from({ length: 40 }, (_, index) => {
        if (index % 8 === 3) return service.process(venue.id, request.id);
        if (index % 8 === 5) return service.reopen(venue.id, request.id);
        return submit({}, index % 2 === 0 ? { limits: { perVenue: 10 } } : {});
      }),
    );
    expect(codes(outcomes).filter((code) => !/^(written|REQUEST_LIMIT)$/.test(code))).toEqual([]);
  });
});
