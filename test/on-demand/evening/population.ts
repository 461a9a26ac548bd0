import type { DatabaseDataSource } from '../../../src/index.js';

/** A venue of the evening. Each customer has one. */
export interface PlayedVenue {
  readonly venueId: string;
  readonly customerProfileId: string;
}

const artists = ['Queen', 'ABBA', 'Elton John', 'The Beatles', 'Nena', 'Falco', 'Adele', 'Oasis'];
const words = [
  ...['Love', 'Night', 'Dance', 'River', 'Heart', 'Summer', 'Rocket', 'Yellow', 'Golden', 'Broken'],
  ...[
    'Silver',
    'Morning',
    'Thunder',
    'Paradise',
    'Freedom',
    'Shadow',
    'Winter',
    'Angel',
    'Diamond',
  ],
];

/** The song of a number, which every catalogue has. */
export function songOf(number: number): { artist: string; title: string } {
  const word = (place: number) => words[Math.floor(number / place) % words.length]!;
  const title = `${word(1)} ${word(words.length)} ${Math.floor(number / words.length ** 2)}`;
  return { artist: artists[number % artists.length]!, title };
}

/** Adds customers with one venue each, and the same number of songs for each. The triggers record all of it. */
export async function populate(
  database: DatabaseDataSource,
  venues: number,
  songs: number,
): Promise<PlayedVenue[]> {
  await database.transaction(async (manager) => {
    await manager.query(
      `SELECT set_config('statement_timeout', '0', true), set_config('app.actor_name', 'evening', true)`,
    );
    await manager.query(
      `WITH u AS (
         INSERT INTO users (email) SELECT 'venue' || n || '@example.com' FROM generate_series(1, $1) AS n
         RETURNING users_id
       ), c AS (
         INSERT INTO customer_profiles (users_id) SELECT users_id FROM u RETURNING customer_profiles_id
       ), s AS (
         INSERT INTO state (customer_profiles_id) SELECT customer_profiles_id FROM c
       )
       INSERT INTO venues (customer_profiles_id, openkj_venue_id, name, url_name, address, city, state, postal_code)
       SELECT customer_profiles_id, 1, 'Venue ' || n, 'venue-' || n, n || ' Main Street', 'Springfield', 'IL', '62701'
       FROM (SELECT *, row_number() OVER () AS n FROM c) AS numbered`,
      [venues],
    );
  });
  const played = await database.query<PlayedVenue[]>(
    `SELECT venues_id AS "venueId", customer_profiles_id AS "customerProfileId" FROM venues`,
  );
  const catalogue = Array.from({ length: songs }, (_, number) => songOf(number));
  // In parts, so that no transaction has more than a million rows.
  const part = Math.max(1, Math.floor(1_000_000 / songs));
  for (let from = 0; from < venues; from += part) {
    const customers = played.slice(from, from + part).map((venue) => venue.customerProfileId);
    await database.transaction(async (manager) => {
      await manager.query(
        `SELECT set_config('statement_timeout', '0', true), set_config('app.actor_name', 'evening', true)`,
      );
      await manager.query(
        `INSERT INTO songdb (customer_profiles_id, openkj_system_id, artist, title, combined, normalized_combined)
         SELECT c, 1, artist, title, artist || ' - ' || title, lower(artist || ' - ' || title)
         FROM unnest($1::uuid[]) AS c CROSS JOIN unnest($2::text[], $3::text[]) AS song (artist, title)`,
        [customers, catalogue.map(({ artist }) => artist), catalogue.map(({ title }) => title)],
      );
    });
  }
  await database.query('ANALYZE');
  return played;
}
