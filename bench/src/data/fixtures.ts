import type pg from 'pg';

/** Stable ids, each made from a number. */
export function id(kind: number, number: number): string {
  return `${String(kind).padStart(8, '0')}-0000-4000-8000-${String(number).padStart(12, '0')}`;
}

export const userId = (number: number) => id(1, number);
export const customerId = (number: number) => id(2, number);
export const singerId = (number: number) => id(3, number);
export const venueId = (number: number) => id(4, number);

/** Runs statements without triggers, because these writes are neither measured nor audited. */
export async function unaudited(client: pg.Client, work: () => Promise<unknown>): Promise<void> {
  await client.query('SET session_replication_role = replica');
  await work();
  await client.query('RESET session_replication_role');
}

/** Creates this many customers, each with a user who has a singer profile, and with a venue. */
export async function addPeople(client: pg.Client, count: number): Promise<void> {
  await unaudited(client, async () => {
    const uuid = (kind: number) =>
      `('${String(kind).padStart(8, '0')}-0000-4000-8000-' || lpad(n::text, 12, '0'))::uuid`;
    await client.query(`
      INSERT INTO users (users_id, email, name)
        SELECT ${uuid(1)}, 'user' || n || '@example.test', 'User ' || n FROM generate_series(0, ${count - 1}) n;
      INSERT INTO customer_profiles (customer_profiles_id, users_id, legal_business_name)
        SELECT ${uuid(2)}, ${uuid(1)}, 'Karaoke ' || n || ' LLC' FROM generate_series(0, ${count - 1}) n;
      INSERT INTO singer_profiles (singer_profiles_id, users_id, nickname)
        SELECT ${uuid(3)}, ${uuid(1)}, 'Singer ' || n FROM generate_series(0, ${count - 1}) n;
      INSERT INTO venues (venues_id, customer_profiles_id, openkj_venue_id, url_name, name, address, city,
                          state, postal_code, country)
        SELECT ${uuid(4)}, ${uuid(2)}, 1, 'venue-' || n, 'Venue ' || n, n || ' Main Street', 'Nashville', 'TN',
          '37201', 'US' FROM generate_series(0, ${count - 1}) n;
      ANALYZE;
    `);
  });
}
