import {
  ActorContext,
  CustomerProfile,
  StateRepository,
  Venue,
  VenueRepository,
  VenueService,
  type NewVenue,
} from '@singr/database';
import { describeOnServer, useDatabase } from '../../support/database.js';
import { createCustomerProfile, createVenue } from '../../support/fixtures.js';
import { atOnce, outcomes } from '../../support/identity-services.js';
import { createTestApp, type TestApp } from '../../support/test-app.js';

const database = useDatabase();
let app: TestApp;
let venues: VenueRepository;
let service: VenueService;
let state: StateRepository;
let customer: CustomerProfile;
let number = 0;

beforeAll(async () => {
  app = await createTestApp(database);
  venues = app.get(VenueRepository);
  service = app.get(VenueService);
  state = app.get(StateRepository);
});

beforeEach(async () => {
  await venues.createQueryBuilder().delete().execute();
  customer = await createCustomerProfile(app.dataSource.manager);
});

function place(name: string, longitude: number, latitude: number, acceptingRequests = true) {
  return createVenue(app.dataSource.manager, {
    customerProfileId: customer.id,
    openkjVenueId: ++number,
    name,
    acceptingRequests,
    location: { type: 'Point', coordinates: [longitude, latitude] },
  });
}

const fields = (values: Partial<NewVenue> = {}): NewVenue => ({
  customerProfileId: customer.id,
  name: 'Joe’s Bar',
  address: '1 Main St',
  city: 'Nashville',
  state: 'TN',
  postalCode: '37201',
  ...values,
});

describe('nearby()', () => {
  const nashville = { longitude: -86.7816, latitude: 36.1627 };

  it('returns the venues within the radius, the nearest first, with the distance in metres', async () => {
    await place('airport', -86.6782, 36.1245);
    await place('broadway', -86.7785, 36.1612);
    await place('memphis', -90.049, 35.1495);
    await createVenue(app.dataSource.manager, {
      customerProfileId: customer.id,
      openkjVenueId: ++number,
    });
    const found = await venues.nearby({ ...nashville, radiusMetres: 25_000 });
    expect(found.map(({ venue }) => venue.name)).toEqual(['broadway', 'airport']);
    expect(found[0]!.venue).toBeInstanceOf(Venue);
    expect(found[0]!.venue.location).toEqual({ type: 'Point', coordinates: [-86.7785, 36.1612] });
    // Computed by PROJ's geod on the WGS 84 ellipsoid.
    expect(found[0]!.distanceMetres).toBeCloseTo(325.0, 0);
    expect(found[1]!.distanceMetres).toBeCloseTo(10_226, -2);
  });

  it('leaves out venues that take no requests if the option is set', async () => {
    await place('closed', -86.78, 36.16, false);
    await place('open', -86.79, 36.17);
    const names = async (onlyAccepting: boolean) =>
      (await venues.nearby({ ...nashville, radiusMetres: 5000, onlyAccepting })).map(
        ({ venue }) => venue.name,
      );
    expect(await names(true)).toEqual(['open']);
    expect(await names(false)).toEqual(['closed', 'open']);
  });

  it('sorts by the distance on the ellipsoid, where the sphere of the index has another order', async () => {
    // A degree of longitude on the equator is longer than one of latitude; on a sphere it is shorter
    // than 1.003 of them.
    await place('north', 0, 1.003);
    await place('east', 1, 0);
    const search = { longitude: 0, latitude: 0, radiusMetres: 200_000 };
    const found = await venues.nearby({ ...search, limit: 1 });
    expect(found.map(({ venue }) => venue.name)).toEqual(['north']);
    expect((await venues.nearby(search)).map(({ venue }) => venue.name)).toEqual(['north', 'east']);
  });

  it('finds the nearest among very many that are nearer on the sphere of the index', async () => {
    for (let index = 0; index < 30; index++) await place('east', 1, index / 10_000);
    await place('north', 0, 1.003);
    const search = { longitude: 0, latitude: 0, radiusMetres: 200_000, limit: 2 };
    const found = await venues.nearby(search);
    expect(found.map(({ venue }) => venue.name)).toEqual(['north', 'east']);
    expect(found[0]!.distanceMetres).toBeLessThan(found[1]!.distanceMetres);
  });

  it('agrees with a simple query, and keeps the limit', async () => {
    for (let index = 0; index < 60; index++) {
      await place(`v${index}`, -86.78 + Math.sin(index * 7) / 10, 36.16 + Math.cos(index * 3) / 10);
    }
    const found = await venues.nearby({ ...nashville, radiusMetres: 9000, limit: 20 });
    const expected = await database.query<{ name: string }>(
      `SELECT name FROM venues
       WHERE ST_DWithin(location, ST_MakePoint($1, $2)::geography, 9000)
       ORDER BY ST_Distance(location, ST_MakePoint($1, $2)::geography) LIMIT 20`,
      [nashville.longitude, nashville.latitude],
    );
    expect(found.map(({ venue }) => venue.name)).toEqual(expected.map(({ name }) => name));
    expect(found).toHaveLength(20);
  });

  it.each([
    [{ latitude: 91 }, 'INVALID_POINT'],
    [{ longitude: -180.1 }, 'INVALID_POINT'],
    [{ longitude: Number.NaN }, 'INVALID_POINT'],
    [{ radiusMetres: -1 }, 'INVALID_VENUE_SEARCH'],
    [{ radiusMetres: Number.NaN }, 'INVALID_VENUE_SEARCH'],
    [{ radiusMetres: Number.POSITIVE_INFINITY }, 'INVALID_VENUE_SEARCH'],
    [{ limit: 0 }, 'INVALID_COUNT'],
    [{ limit: 2.5 }, 'INVALID_COUNT'],
  ])('refuses %o', async (change, code) => {
    const search = venues.nearby({ ...nashville, radiusMetres: 1000, ...change });
    await expect(search).rejects.toMatchObject({ code });
  });
});

describe('withinBox()', () => {
  const names = async (search: Parameters<VenueRepository['withinBox']>[0]) =>
    (await venues.withinBox(search)).map(({ name }) => name).sort();

  it('returns the venues between the parallels and the meridians, borders included', async () => {
    await place('corner', 10, 50);
    await place('inside', 11, 50.5);
    await place('outside', 12.01, 50.5);
    await place('south', 11, 49.99);
    expect(await names({ west: 10, south: 50, east: 12, north: 51 })).toEqual(['corner', 'inside']);
  });

  it('follows the parallels of a wide box, not great circles', async () => {
    await place('on the southern border', 0, 50);
    await place('north of the northern border', 0, 60.5);
    expect(await names({ west: -60, south: 50, east: 60, north: 60 })).toEqual([
      'on the southern border',
    ]);
  });

  it('crosses the 180th meridian', async () => {
    await place('fiji', 178.4, -18.1);
    await place('samoa', -171.8, -13.8);
    await place('london', 0, -15);
    expect(await names({ west: 170, south: -20, east: -170, north: -10 })).toEqual([
      'fiji',
      'samoa',
    ]);
  });

  it('shows the whole world', async () => {
    await place('fiji', 178.4, -18.1);
    await place('nashville', -86.78, 36.16);
    await place('pole', 0, 90);
    expect(await names({ west: -180, south: -90, east: 180, north: 90 })).toHaveLength(3);
  });

  it('refuses a box that is upside down', async () => {
    const search = { west: 10, south: 51, east: 12, north: 50 };
    await expect(venues.withinBox(search)).rejects.toMatchObject({
      code: 'INVALID_VENUE_SEARCH',
    });
  });
});

describe('create()', () => {
  it('makes a unique URL name from the name', async () => {
    const made = [];
    for (let index = 0; index < 3; index++) made.push(await service.create(fields()));
    expect(made.map(({ urlName }) => urlName)).toEqual(['joes-bar', 'joes-bar-2', 'joes-bar-3']);
    expect(made.map(({ openkjVenueId }) => openkjVenueId)).toEqual([1, 2, 3]);
    expect(await venues.findByUrlName('joes-bar-2')).toMatchObject({ id: made[1]!.id });
  });

  it.each([
    ['Café "Zum Ännchen"', 'cafe-zum-annchen'],
    ['Łódź Bar', 'lodz-bar'],
    ['SMØRREBRØD & Æbler', 'smorrebrod-aebler'],
    ['Kadıköy', 'kadikoy'],
    ['Þórsgata', 'thorsgata'],
    ['  Straße 7  ', 'strasse-7'],
    ['カラオケ', 'venue'],
    ['A'.repeat(80), 'a'.repeat(60)],
  ])('converts %j to %s', async (name, urlName) => {
    expect((await service.create(fields({ name }))).urlName).toBe(urlName);
  });

  it('refuses what is taken or not valid, and changes nothing', async () => {
    await service.create(fields({ urlName: 'mine', openkjVenueId: 7 }));
    const attempt = (values: Partial<NewVenue>) => service.create(fields(values));
    await expect(attempt({ urlName: 'mine' })).rejects.toMatchObject({ code: 'URL_NAME_TAKEN' });
    await expect(attempt({ urlName: 'My Bar' })).rejects.toMatchObject({
      code: 'INVALID_URL_NAME',
      message: expect.stringContaining('"my-bar"'),
    });
    await expect(attempt({ openkjVenueId: 7 })).rejects.toMatchObject({
      code: 'VENUE_NUMBER_TAKEN',
    });
    for (const customerProfileId of ['7e0a5e6e-0000-4000-8000-000000000000', 'nobody']) {
      await expect(attempt({ customerProfileId })).rejects.toMatchObject({
        code: 'CUSTOMER_PROFILE_NOT_FOUND',
      });
    }
    expect(await venues.count()).toBe(1);
  });

  it.each([1.5, 2 ** 31, -1, Number.NaN])('refuses %d as a number in OpenKJ', async (number) => {
    await expect(service.create(fields({ openkjVenueId: number }))).rejects.toMatchObject({
      code: 'INVALID_VENUE_NUMBER',
    });
  });

  it('fails after the highest possible number', async () => {
    await service.create(fields({ openkjVenueId: 2 ** 31 - 1 }));
    await expect(service.create(fields())).rejects.toMatchObject({
      code: 'INVALID_VENUE_NUMBER',
      message: expect.stringContaining('free'),
    });
    await service.create(fields({ openkjVenueId: 2 ** 31 - 2 }));
  });

  it('refuses a text that cannot be stored', async () => {
    await expect(service.create(fields({ city: 'Nash\0ville' }))).rejects.toMatchObject({
      code: 'INVALID_TEXT',
      field: 'city',
    });
    expect(await venues.findByUrlName('joes\0bar')).toBeNull();
  });

  describeOnServer('concurrently', () => {
    it.each([
      ['name', 'URL_NAME_TAKEN', { urlName: 'the-one' }],
      ['number', 'VENUE_NUMBER_TAKEN', { openkjVenueId: 7 }],
    ])('gives a requested %s to one venue', async (_what, code, values) => {
      const { values: made, codes } = await outcomes(
        atOnce(10, () => service.create(fields(values))),
      );
      expect(made).toMatchObject([values]);
      expect(codes).toEqual(Array(9).fill(code));
    });

    it('gives a requested URL name to one customer', async () => {
      const other = await createCustomerProfile(app.dataSource.manager);
      const { values, codes } = await outcomes(
        [customer, other].map(({ id }) =>
          service.create(fields({ customerProfileId: id, urlName: 'the-one' })),
        ),
      );
      expect(values).toHaveLength(1);
      expect(codes).toEqual(['URL_NAME_TAKEN']);
    });

    it('gives thirty venues of one name different URL names and numbers', async () => {
      const other = await createCustomerProfile(app.dataSource.manager);
      const made = await Promise.all(
        Array.from({ length: 30 }, (_, index) =>
          service.create(
            fields({ customerProfileId: index % 2 === 0 ? customer.id : other.id, name: 'Bar' }),
          ),
        ),
      );
      expect(new Set(made.map(({ urlName }) => urlName)).size).toBe(30);
      const numbers = made
        .filter(({ customerProfileId }) => customerProfileId === other.id)
        .map(({ openkjVenueId }) => openkjVenueId);
      expect(numbers.sort((a, b) => a - b)).toEqual(Array.from({ length: 15 }, (_, i) => i + 1));
    });
  });
});

describe('opening and closing', () => {
  it('increments the serial only with a change', async () => {
    const venue = await place('bar', 0, 0);
    expect(await state.currentSerial(customer.id)).toBe(1);
    expect(await service.open(venue.id)).toEqual({ changed: false, serial: null });
    expect(await service.close(venue.id)).toEqual({ changed: true, serial: 2 });
    expect(await service.close(venue.id)).toEqual({ changed: false, serial: null });
    expect(await service.open(venue.id)).toEqual({ changed: true, serial: 3 });
    expect(await state.currentSerial(customer.id)).toBe(3);
    expect((await venues.findOneByOrFail({ id: venue.id })).acceptingRequests).toBe(true);
  });

  it('is attributed to its actor', async () => {
    const venue = await place('bar', 0, 0);
    await ActorContext.run({ name: 'OpenKJ' }, () => service.close(venue.id));
    const entries = await database.query(
      `SELECT table_name, operation FROM audit_logs WHERE actor_name = 'OpenKJ' ORDER BY table_name`,
    );
    expect(entries).toEqual([
      { table_name: 'state', operation: 'INSERT' },
      { table_name: 'venues', operation: 'UPDATE' },
    ]);
  });

  it.each(['7e0a5e6e-0000-4000-8000-000000000000', 'x'])(
    'refuses the unknown venue %s',
    async (id) => {
      await expect(service.close(id)).rejects.toMatchObject({ code: 'VENUE_NOT_FOUND' });
    },
  );

  describeOnServer('concurrently', () => {
    it('changes once by concurrent calls', async () => {
      const venue = await place('bar', 0, 0);
      const results = await Promise.all(Array.from({ length: 20 }, () => service.close(venue.id)));
      expect(results.filter(({ changed }) => changed)).toHaveLength(1);
      expect(await state.currentSerial(customer.id)).toBe(2);
    });

    it('increments a missing serial once for each change', async () => {
      const serials = await Promise.all(
        Array.from({ length: 50 }, () => state.moveSerial(customer.id)),
      );
      expect(serials.sort((a, b) => a - b)).toEqual(
        Array.from({ length: 50 }, (_, index) => index + 2),
      );
    });
  });
});

it('refuses to increment the serial of an unknown customer', async () => {
  for (const id of ['7e0a5e6e-0000-4000-8000-000000000000', 'x']) {
    await expect(state.moveSerial(id)).rejects.toMatchObject({
      code: 'CUSTOMER_PROFILE_NOT_FOUND',
    });
  }
});
