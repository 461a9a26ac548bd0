import { randomUUID } from 'node:crypto';
import { Logger } from '@nestjs/common';
import type { DatabaseDataSource } from '@singr/database';
import { StripePrice } from '../../src/domains/billing/entities/stripe-price.entity.js';
import { StripeProduct } from '../../src/domains/billing/entities/stripe-product.entity.js';
import { InvalidPointError } from '../../src/domains/common/errors/invalid-point.error.js';
import { User } from '../../src/domains/identity/entities/user.entity.js';
import { SongDb } from '../../src/domains/songs/entities/song-db.entity.js';
import { State } from '../../src/domains/venues/entities/state.entity.js';
import { Venue } from '../../src/domains/venues/entities/venue.entity.js';
import { dataSourceFor } from '../support/data-source.js';
import { useDatabase } from '../support/database.js';
import { createCustomerProfile, createUser, createVenue } from '../support/fixtures.js';
import { RecordingLogger } from '../support/recording-logger.js';

const database = useDatabase();
const logger = new RecordingLogger();
let dataSource: DatabaseDataSource;

beforeAll(async () => {
  Logger.overrideLogger(logger);
  dataSource = await dataSourceFor(database.options).initialize();
  database.beforeDrop(() => dataSource.destroy());
});
afterAll(() => Logger.overrideLogger(false));

/** Returns the writes that reach the database while `work` runs. */
async function writesDuring(work: () => Promise<unknown>): Promise<string[]> {
  logger.clear();
  await work();
  return logger
    .messages('debug', 'Database')
    .map((message) => message.replace(/^[\d.]+ ms: /, ''))
    .filter((query) => /^(INSERT|UPDATE|DELETE)/.test(query));
}

describe('a venue’s location', () => {
  const nashville = {
    type: 'Point' as const,
    coordinates: [-86.7816, 36.1627] as [number, number],
  };

  it('is GeoJSON in TypeScript and geography(Point,4326) in the database', async () => {
    const { id } = await createVenue(dataSource.manager, { location: nashville });
    const venue = await dataSource.manager.findOneByOrFail(Venue, { id });
    expect(venue.location).toEqual(nashville);
    const [stored] = await database.query(
      `SELECT ST_AsText(location) AS text, ST_SRID(location::geometry) AS srid,
              pg_typeof(location)::text AS type FROM venues WHERE venues_id = $1`,
      [id],
    );
    expect(stored).toEqual({ text: 'POINT(-86.7816 36.1627)', srid: 4326, type: 'geography' });
  });

  it('is measured in metres', async () => {
    const { id } = await createVenue(dataSource.manager, { location: nashville });
    // Memphis, about 315 km away.
    const { distance } = (await dataSource
      .createQueryBuilder(Venue, 'venue')
      .select(
        `ST_Distance(venue.location, 'SRID=4326;POINT(-90.049 35.1495)'::geography)`,
        'distance',
      )
      .where({ id })
      .getRawOne<{ distance: number }>())!;
    expect(distance).toBeGreaterThan(310_000);
    expect(distance).toBeLessThan(320_000);
  });

  it('is not written again when the venue is saved unchanged', async () => {
    const { id } = await createVenue(dataSource.manager, {
      location: { type: 'Point', coordinates: [1 / 3, -2 / 3] },
    });
    const before = await database.query('SELECT * FROM venues WHERE venues_id = $1', [id]);
    const writes = await writesDuring(async () => {
      const venue = await dataSource.manager.findOneByOrFail(Venue, { id });
      await dataSource.manager.save(venue);
    });
    expect(writes).toEqual([]);
    expect(await database.query('SELECT * FROM venues WHERE venues_id = $1', [id])).toEqual(before);
  });

  it('keeps the precision that another client gave it when something else is saved', async () => {
    const { id } = await createVenue(dataSource.manager);
    await database.query(
      `UPDATE venues SET location = ST_MakePoint(-86.123456789012, 36.123456789012) WHERE venues_id = $1`,
      [id],
    );
    const venue = await dataSource.manager.findOneByOrFail(Venue, { id });
    await dataSource.manager.save(Object.assign(venue, { name: 'Renamed' }));
    const [stored] = await database.query(
      'SELECT name, ST_X(location::geometry) AS x FROM venues WHERE venues_id = $1',
      [id],
    );
    expect(stored).toEqual({ name: 'Renamed', x: -86.123456789012 });
  });

  it('is written when it changes, and when it is removed', async () => {
    const { id } = await createVenue(dataSource.manager, { location: nashville });
    const venue = await dataSource.manager.findOneByOrFail(Venue, { id });
    venue.location!.coordinates[0] = -86;
    await dataSource.manager.save(venue);
    const moved = await dataSource.manager.findOneByOrFail(Venue, { id });
    expect(moved.location!.coordinates).toEqual([-86, 36.1627]);
    await dataSource.manager.save(Object.assign(moved, { location: null }));
    const gone = await dataSource.manager.findOneByOrFail(Venue, { id });
    expect(gone.location).toBeNull();
  });

  it.each<[string, unknown]>([
    ['latitude first', { type: 'Point', coordinates: [36.1627, -186.7816] }],
    ['text', { type: 'Point', coordinates: ['-86', '36'] }],
    ['another geometry', { type: 'LineString', coordinates: [] }],
  ])('that is not a point (%s) is refused before anything is written', async (_, location) => {
    await expect(
      createVenue(dataSource.manager, { location: location as Venue['location'] }),
    ).rejects.toThrow(InvalidPointError);
  });
});

describe('a 64-bit integer', () => {
  const beyondDoubles = '9007199254740993';

  it('is a string that keeps every digit', async () => {
    await dataSource.manager.save(StripeProduct, { id: 'prod_1' });
    await dataSource.manager.save(StripePrice, {
      id: 'price_1',
      productId: 'prod_1',
      currency: 'usd',
      type: 'one_time',
      unitAmount: beyondDoubles,
    });
    const price = await dataSource.manager.findOneByOrFail(StripePrice, { id: 'price_1' });
    expect(price.unitAmount).toBe(beyondDoubles);
    const { id: customerProfileId } = await createCustomerProfile(dataSource.manager);
    await dataSource.manager.save(State, { customerProfileId, serial: beyondDoubles });
    const state = await dataSource.manager.findOneByOrFail(State, { customerProfileId });
    expect(state.serial).toBe(beyondDoubles);
  });

  it('that the database counts up is a string as well', async () => {
    const { id: customerProfileId } = await createCustomerProfile(dataSource.manager);
    const song = await dataSource.manager.save(SongDb, {
      customerProfileId,
      openkjSystemId: 1,
      artist: 'Queen',
      title: 'Bohemian Rhapsody',
      combined: 'Queen - Bohemian Rhapsody',
      normalizedCombined: 'queen - bohemian rhapsody',
    });
    expect(song.id).toMatch(/^\d+$/);
  });
});

describe('updatedAt', () => {
  async function updatedAt(id: string): Promise<string> {
    const [row] = await database.query(
      'SELECT updated_at::text AS text FROM users WHERE users_id = $1',
      [id],
    );
    return row.text;
  }

  it('changes with a value, also in the saved entity', async () => {
    const user = await createUser(dataSource.manager);
    const before = await updatedAt(user.id);
    const { updatedAt: known } = await dataSource.manager.save(
      Object.assign(user, { name: 'Somebody' }),
    );
    expect(await updatedAt(user.id)).not.toBe(before);
    const loaded = await dataSource.manager.findOneByOrFail(User, { id: user.id });
    expect(known).toEqual(loaded.updatedAt);
  });

  it('does not change when an UPDATE of any client changes nothing', async () => {
    const { id } = await createUser(dataSource.manager, { name: 'Same' });
    const before = await updatedAt(id);
    await dataSource.manager.update(User, { id }, { name: 'Same' });
    await database.query(`UPDATE users SET name = 'Same' WHERE users_id = $1`, [id]);
    expect(await updatedAt(id)).toBe(before);
  });

  it('changes when any client changes a value, and cannot be set', async () => {
    const { id } = await createUser(dataSource.manager);
    const before = await updatedAt(id);
    await database.query(
      `UPDATE users SET name = 'Other', updated_at = '2001-01-01' WHERE users_id = $1`,
      [id],
    );
    const after = await updatedAt(id);
    expect(after).not.toBe(before);
    expect(after).not.toMatch(/^2001/);
  });

  it('does not change when a loaded entity is saved unchanged', async () => {
    const { id } = await createUser(dataSource.manager, { name: 'Loaded' });
    const loaded = await dataSource.manager.findOneByOrFail(User, { id });
    expect(await writesDuring(() => dataSource.manager.save(loaded))).toEqual([]);
  });
});

describe('a user’s e-mail address', () => {
  it('is unique without regard to case', async () => {
    const name = randomUUID();
    await createUser(dataSource.manager, { email: `${name}@Example.com` });
    await expect(
      createUser(dataSource.manager, { email: `${name.toUpperCase()}@example.COM` }),
    ).rejects.toMatchObject({ code: '23505', constraint: 'users_lower_email_key' });
  });

  it('is stored as its owner typed it', async () => {
    const email = `${randomUUID()}.Mixed@Example.com`;
    const { id } = await createUser(dataSource.manager, { email });
    expect(await dataSource.manager.findOneByOrFail(User, { id })).toMatchObject({ email });
  });
});

describe('relations', () => {
  it('can be loaded from either side', async () => {
    const { id, customerProfileId } = await createVenue(dataSource.manager);
    const venue = await dataSource.manager.findOneOrFail(Venue, {
      where: { id },
      relations: { customerProfile: { user: true, venues: true } },
    });
    expect(venue.customerProfile.id).toBe(customerProfileId);
    expect(venue.customerProfile.venues.map((each) => each.id)).toEqual([id]);
    expect(venue.customerProfile.user.email).toMatch(/@example\.com$/);
  });

  it('cascade in the database: a user is deleted with all the user’s rows', async () => {
    const { id, customerProfileId } = await createVenue(dataSource.manager);
    const [{ users_id: userId }] = (await database.query(
      'SELECT users_id FROM customer_profiles WHERE customer_profiles_id = $1',
      [customerProfileId],
    )) as [{ users_id: string }];
    await database.query('DELETE FROM users WHERE users_id = $1', [userId]);
    expect(await dataSource.manager.existsBy(Venue, { id })).toBe(false);
  });
});
