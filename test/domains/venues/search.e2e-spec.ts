import { randomUUID } from 'node:crypto';
import { VenueRepository, type Venue } from '@singr/database';
import { useDatabase } from '../../support/database.js';
import { createCustomerProfile, createVenue } from '../../support/fixtures.js';
import { useServices } from '../../support/identity-services.js';

const services = useServices(useDatabase());
const venues = () => services.get(VenueRepository);

let customerProfileId: string;

beforeEach(async () => {
  customerProfileId = (await createCustomerProfile(services.dataSource.manager)).id;
});

const createOwn = (fields: Partial<Venue>) =>
  createVenue(services.dataSource.manager, { customerProfileId, ...fields });

describe('a search of a customer’s venues by text', () => {
  const names = async (query: string, limit?: number) =>
    (await venues().search({ customerProfileId, query, limit })).map(({ name }) => name);

  it('finds words and parts of words of the name and the address, in any order and case', async () => {
    await createOwn({ name: 'Café Zürich', city: 'Memphis', urlName: 'zurich' });
    await createOwn({ name: 'Joe’s Bar', address: '1 Main St', urlName: 'joe-s' });
    expect(await names('zurich CAFE')).toEqual(['Café Zürich']);
    expect(await names('memph')).toEqual(['Café Zürich']);
    expect(await names("joe's")).toEqual(['Joe’s Bar']);
    expect(await names('joes main')).toEqual(['Joe’s Bar']);
    expect(await names('Main St, Nashville')).toEqual(['Joe’s Bar']);
    expect(await names('joes memphis')).toEqual([]);
  });

  it('treats characters with a meaning in SQL as plain text', async () => {
    await createOwn({ name: '100% Karaoke_Bar' });
    await createOwn({ name: '100 Karaoke Bars' });
    expect(await names('100%')).toEqual(['100% Karaoke_Bar']);
    expect(await names('e_b')).toEqual(['100% Karaoke_Bar']);
  });

  it('returns names that begin with the query first, then sorts by name, up to the limit', async () => {
    for (const name of ['The Star', 'Star 2', 'A Star', 'Star 1']) await createOwn({ name });
    expect(await names('star')).toEqual(['Star 1', 'Star 2', 'A Star', 'The Star']);
    expect(await names('star', 1)).toEqual(['Star 1']);
  });

  it('finds no venue of another customer', async () => {
    await createVenue(services.dataSource.manager, { name: 'Star' });
    expect(await names('star')).toEqual([]);
    await expect(venues().search({ customerProfileId: 'x', query: 'star' })).resolves.toEqual([]);
  });

  it.each(['', ' ', 'a\0b', 'a'.repeat(201), undefined as unknown as string])(
    'refuses the query %j',
    async (query) => {
      await expect(names(query)).rejects.toMatchObject({ code: 'INVALID_VENUE_SEARCH' });
    },
  );

  it.each([0, 501, 1.5])('refuses a limit of %d', async (limit) => {
    await expect(names('star', limit)).rejects.toMatchObject({ code: 'INVALID_COUNT' });
  });
});

describe('a search by place', () => {
  const circle = { longitude: 10, latitude: 50, radiusMetres: 1000 };
  const box = { west: 9, south: 49, east: 11, north: 51 };
  const location = { type: 'Point' as const, coordinates: [10, 50] as [number, number] };

  it('searches the venues of one customer if that is given', async () => {
    await createVenue(services.dataSource.manager, { location });
    const own = await createOwn({ location });
    const near = await venues().nearby({ ...circle, customerProfileId });
    expect(near.map(({ venue }) => venue.id)).toEqual([own.id]);
    const inside = await venues().withinBox({ ...box, customerProfileId });
    expect(inside.map(({ id }) => id)).toEqual([own.id]);
  });

  it('finds nothing for an unknown customer', async () => {
    await createOwn({ location });
    for (const unknown of [randomUUID(), 'x']) {
      const customer = { customerProfileId: unknown };
      await expect(venues().nearby({ ...circle, ...customer })).resolves.toEqual([]);
      await expect(venues().withinBox({ ...box, ...customer })).resolves.toEqual([]);
    }
  });

  it('refuses an undefined customer, which would find the venues of all', async () => {
    const missing = { customerProfileId: undefined };
    for (const search of [
      venues().nearby({ ...circle, ...missing }),
      venues().withinBox({ ...box, ...missing }),
    ]) {
      await expect(search).rejects.toMatchObject({ code: 'MISSING_FILTER' });
    }
  });
});

it("finds a customer's venue by its number in OpenKJ", async () => {
  const venue = await createOwn({ openkjVenueId: 7 });
  await createVenue(services.dataSource.manager, { openkjVenueId: 7 });
  await expect(venues().findByOpenkjId(customerProfileId, 7)).resolves.toMatchObject({
    id: venue.id,
  });
  for (const number of [8, 1.5, 2 ** 31, -1, Number.NaN]) {
    await expect(venues().findByOpenkjId(customerProfileId, number)).resolves.toBeNull();
  }
  await expect(venues().findByOpenkjId('x', 7)).resolves.toBeNull();
});
