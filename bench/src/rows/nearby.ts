import pg from 'pg';
import { singr } from '../package-under-test.js';
import { addPeople, customerId, unaudited } from '../data/fixtures.js';
import { cities, scattered, type Place } from '../data/places.js';
import { randomNumbers, seed } from '../data/random.js';
import { faster, type Figure } from '../figure.js';
import { interleaved, medians, timed } from '../measure.js';
import { startModule } from '../peers/module.js';
import { startPlainTypeOrm } from '../peers/plain-typeorm.js';
import type { Row } from '../row.js';

const radiusMetres = 25_000;

/** The statement that the product had before. */
const before = `
  SELECT venues_id, name, address, city, state, postal_code, country, accepting_requests,
    ST_Distance(location, ST_SetSRID(ST_MakePoint($1, $2), 4326)::geography) AS distance
  FROM venues
  WHERE ST_DWithin(location, ST_SetSRID(ST_MakePoint($1, $2), 4326)::geography, ${radiusMetres})
  ORDER BY distance LIMIT 25`;

export const nearbyRow: Row = {
  number: 5,
  title: 'Venues near a point',
  about:
    'The nearest 25 venues within 25 km. The places of the world with more than 1000 inhabitants (GeoNames), and 1,000,000 scattered around them, the more the more people live there. `before` is the statement that the product had: everything within the radius, sorted by distance. “Everywhere” is around 60 of the places drawn at random, “densest” around the 8 with the most venues near them.',
  async run({ databases, size, say }) {
    const real = cities();
    const places = quickly(real, size(real.length, 2000));
    const venues = [...places, ...scattered(places, size(1_000_000, 10_000))];
    const url = await databases.create('nearby');
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    await addPeople(client, 20);
    say(`${venues.length} venues`);
    await load(client, venues);
    say('loaded');

    const app = await startModule(url);
    const repository = app.get(singr.VenueRepository);
    const plain = await startPlainTypeOrm(url);
    const figures: Figure[] = [];
    const spots = {
      everywhere: sample(places, 60),
      densest: await densest(client, places, 8),
    };
    for (const [where, points] of Object.entries(spots)) {
      const around = (work: (place: Place) => Promise<unknown>) => async () => {
        const start = performance.now();
        for (const point of points) await work(point);
        return (performance.now() - start) / points.length;
      };
      const times = medians(
        await interleaved(size(21, 1), {
          'before, hand-written pg': around(({ longitude, latitude }) =>
            client.query(before, [longitude, latitude]),
          ),
          'before, plain TypeORM': around(({ longitude, latitude }) =>
            plain
              .getRepository(singr.Venue)
              .createQueryBuilder('venue')
              .addSelect(`ST_Distance(venue.location, ${point})`, 'distance')
              .where(`ST_DWithin(venue.location, ${point}, :radiusMetres)`)
              .setParameters({ longitude, latitude, radiusMetres })
              .orderBy('distance')
              .limit(25)
              .getRawAndEntities(),
          ),
          module: around(({ longitude, latitude }) =>
            repository.nearby({ longitude, latitude, radiusMetres, limit: 25 }),
          ),
        }),
      );
      figures.push({
        work: where,
        unit: 'ms',
        values: times,
        targets: [
          where === 'densest'
            ? faster(
                'before, hand-written `pg`',
                times.module,
                times['before, hand-written pg'],
                10,
              )
            : faster('before, plain TypeORM', times.module, times['before, plain TypeORM'], 0.95),
        ],
      });
    }
    figures.push(await costOfIndex(client));
    await assertSame(client, repository, spots.everywhere);

    await app.close();
    await plain.destroy();
    await client.end();
    await databases.drop(url);
    return { figures };
  },
};

const point = 'ST_SetSRID(ST_MakePoint(:longitude, :latitude), 4326)::geography';

async function load(client: pg.Client, venues: readonly Place[]): Promise<void> {
  await unaudited(client, async () => {
    await client.query('DROP INDEX idx_venues_location');
    for (let start = 0; start < venues.length; start += 20_000) {
      const part = venues.slice(start, start + 20_000);
      await client.query(
        `INSERT INTO venues (customer_profiles_id, openkj_venue_id, url_name, name, address, city, state,
                             postal_code, country, location)
         SELECT $1, $2 + n, 'place-' || $2 + n, name || ' Karaoke Bar', n || ' Main Street', name, 'XX',
           lpad(n::text, 5, '0'), country, ST_SetSRID(ST_MakePoint(longitude, latitude), 4326)::geography
         FROM unnest($3::text[], $4::text[], $5::float8[], $6::float8[])
           WITH ORDINALITY AS places (name, country, longitude, latitude, n)`,
        [
          customerId(0),
          start + 1,
          part.map(({ name }) => name),
          part.map(({ country }) => country),
          part.map(({ longitude }) => longitude),
          part.map(({ latitude }) => latitude),
        ],
      );
    }
    await client.query('CREATE INDEX idx_venues_location ON venues USING gist (location)');
  });
  await client.query('VACUUM ANALYZE venues');
}

/** The places with the most venues around them, at least 100 km apart. */
async function densest(client: pg.Client, places: Place[], count: number): Promise<Place[]> {
  const large = places.toSorted((a, b) => b.population - a.population).slice(0, 4 * count);
  const counted: { place: Place; venues: number }[] = [];
  for (const place of large) {
    const { rows } = await client.query<{ venues: number }>(
      `SELECT count(*)::int AS venues FROM venues
       WHERE ST_DWithin(location, ST_SetSRID(ST_MakePoint($1, $2), 4326)::geography, ${radiusMetres})`,
      [place.longitude, place.latitude],
    );
    counted.push({ place, venues: rows[0]!.venues });
  }
  return counted
    .sort((a, b) => b.venues - a.venues)
    .slice(0, count)
    .map(({ place }) => place);
}

/** Measures the cost of the index: the time that it adds to writing 2000 venues. */
async function costOfIndex(client: pg.Client): Promise<Figure> {
  const insert = () =>
    timed(async () => {
      await client.query(
        `INSERT INTO venues (customer_profiles_id, openkj_venue_id, url_name, name, address, city, state,
                             postal_code, location)
         SELECT $1, 5000000 + n, 'more-' || n, 'More', 'Street', 'City', 'XX', '0',
           ST_SetSRID(ST_MakePoint(n % 360 - 180, n % 180 - 90), 4326)::geography
         FROM generate_series(1, 2000) n`,
        [customerId(1)],
      );
    });
  const without = async (sql?: string) => {
    // Everything is rolled back, so the index exists again.
    await client.query('BEGIN');
    if (sql !== undefined) await client.query(sql);
    const time = await insert();
    await client.query('ROLLBACK');
    return time;
  };
  const values = medians(
    await interleaved(5, {
      'with idx_venues_location': () => without(),
      without: () => without('DROP INDEX idx_venues_location'),
    }),
  );
  return {
    work: 'the other side of the index: 2000 audited venues in one INSERT',
    unit: 'ms',
    values,
  };
}

/** Checks that the module finds the same distances as the statement before. */
async function assertSame(
  client: pg.Client,
  repository: InstanceType<typeof singr.VenueRepository>,
  points: readonly Place[],
): Promise<void> {
  for (const { longitude, latitude, name } of points) {
    const { rows } = await client.query<{ distance: number }>(before, [longitude, latitude]);
    const found = await repository.nearby({ longitude, latitude, radiusMetres, limit: 25 });
    const same =
      rows.length === found.length &&
      rows.every(({ distance }, n) => Math.abs(distance - found[n]!.distanceMetres) < 0.001);
    if (!same) throw new Error(`Near ${name} the module finds other venues than before.`);
  }
}

function sample(places: readonly Place[], count: number): Place[] {
  const random = randomNumbers(seed + 2);
  return Array.from({ length: count }, () => places[Math.floor(random() * places.length)]!);
}

/** Picks this many of them, evenly distributed. */
function quickly(places: readonly Place[], count: number): Place[] {
  return Array.from({ length: count }, (_, n) => places[Math.floor((n * places.length) / count)]!);
}
