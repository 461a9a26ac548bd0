import type { DatabaseDataSource } from '@singr/database';
import type { TestDatabase } from '../../support/database.js';

export interface Row {
  /** The row's primary key as text. */
  readonly key: string;
  readonly tenant: string | null;
  /** The users who the row names as its owners. */
  readonly owners: readonly string[];
}

export interface World {
  /** Two of three tenants. */
  readonly first: string;
  readonly second: string;
  /** An owner of a tenant, a member of two, a singer, and somebody with nothing. */
  readonly users: readonly string[];
  readonly rows: ReadonlyMap<string, readonly Row[]>;
  /** The keys of the rows of a table that the data source sees. */
  read(dataSource: DatabaseDataSource, table: string): Promise<string[]>;
}

const fill = `
  INSERT INTO users (email, updated_at) SELECT name || '@tenancy.test', now()
  FROM unnest(ARRAY['owner1', 'owner2', 'owner3', 'member', 'singer', 'stranger']) AS name;
  INSERT INTO customer_profiles (users_id, updated_at) SELECT users_id, now() FROM users WHERE email LIKE 'owner%';
  INSERT INTO organization_users (customer_profiles_id, users_id, status, updated_at)
    SELECT c.customer_profiles_id, m.users_id, 'active', now() FROM customer_profiles c, users m WHERE m.email LIKE 'member%';
  INSERT INTO permissions (slug, updated_at) VALUES ('tenancy:test', now());
  INSERT INTO organization_user_permissions (organization_users_id, permissions_id)
    SELECT organization_users_id, permissions_id FROM organization_users, permissions WHERE slug = 'tenancy:test';
  INSERT INTO customers (customers_id, stripe_customer_id, customer_profiles_id, updated_at)
    SELECT gen_random_uuid(), 'cus_' || customer_profiles_id, customer_profiles_id, now() FROM customer_profiles;
  INSERT INTO stripe_checkout_sessions (stripe_checkout_sessions_id, customers_id, payment_status, mode, currency)
    SELECT 'cs_' || customers_id, customers_id, 'paid', 'payment', 'usd' FROM customers;
  INSERT INTO subscriptions (subscriptions_id, customer_profiles_id, status, current_period_start, current_period_end, updated_at)
    SELECT 'sub_' || customer_profiles_id, customer_profiles_id, 'active', now(), now(), now() FROM customer_profiles;
  INSERT INTO api_keys (customer_profiles_id, description, api_key_hash, updated_at)
    SELECT customer_profiles_id, 'd', 'h' || customer_profiles_id, now() FROM customer_profiles;
  INSERT INTO venues (customer_profiles_id, openkj_venue_id, url_name, name, address, city, state, postal_code, updated_at)
    SELECT customer_profiles_id, 1, 'v-' || customer_profiles_id, 'V', 'a', 'c', 's', 'p', now() FROM customer_profiles;
  INSERT INTO systems (customer_profiles_id, openkj_system_id, name, updated_at)
    SELECT customer_profiles_id, 1, 'S', now() FROM customer_profiles;
  INSERT INTO state (customer_profiles_id) SELECT customer_profiles_id FROM customer_profiles;
  INSERT INTO songdb (customer_profiles_id, openkj_system_id, artist, title, combined, normalized_combined, updated_at)
    SELECT customer_profiles_id, 1, 'A', 'T', 'A - T', 'a - t', now() FROM customer_profiles;
  INSERT INTO singer_profiles (users_id, updated_at) SELECT users_id, now() FROM users WHERE email LIKE 'singer%' OR email LIKE 'owner1%';
  INSERT INTO requests (venues_id, singer_profiles_id, artist, title, updated_at)
    SELECT venues_id, singer_profiles_id, 'A', 'T', now() FROM venues, singer_profiles;
  INSERT INTO requests (venues_id, submitted_by_users_id, artist, title, updated_at)
    SELECT venues_id, users_id, 'A', 'U', now() FROM venues, users WHERE email LIKE 'singer%';
  INSERT INTO singer_request_history (venues_id, singer_profiles_id, artist, title, song_fingerprint, updated_at)
    SELECT venues_id, singer_profiles_id, 'A', 'T', 'f', now() FROM venues, singer_profiles;
  INSERT INTO branding_profiles (owner_type, owner_id, name, updated_at)
    SELECT 'customer'::branding_owner_type, customer_profiles_id, 'B', now() FROM customer_profiles
    UNION ALL SELECT 'platform', NULL, 'P', now();
  INSERT INTO branded_apps (customer_profiles_id, branding_profiles_id, name, platform, updated_at)
    SELECT owner_id, branding_profiles_id, 'App', 'web', now() FROM branding_profiles WHERE owner_id IS NOT NULL;
  INSERT INTO branded_app_api_keys (branded_apps_id, description, api_key_hash, updated_at)
    SELECT branded_apps_id, 'd', 'h' || branded_apps_id, now() FROM branded_apps;
  INSERT INTO audit.catalogue_uploads (customer_profiles_id, openkj_system_id, replaces, row_count, song_count, last_call_at)
    SELECT customer_profiles_id, 1, false, 1, 1, now() FROM customer_profiles;
  INSERT INTO audit.catalogue_upload_batches (customer_profiles_id, openkj_system_id, rows_before, songs)
    SELECT customer_profiles_id, 1, 0, '[]' FROM customer_profiles`;

const own = 'customer_profiles_id::text';
const ofVenue =
  '(SELECT v.customer_profiles_id::text FROM venues v WHERE v.venues_id = t.venues_id)';
const user = 'ARRAY[users_id::text]';
const singer =
  '(SELECT array_agg(p.users_id::text) FROM singer_profiles p WHERE p.singer_profiles_id = t.singer_profiles_id)';
const nobody = "'{}'::text[]";

/** SQL of the key, the tenant and the owners of each row, by table, independent of what the module does. */
const descriptions: Readonly<
  Record<string, readonly [key: string, tenant: string, owners: string]>
> = {
  customer_profiles: ['customer_profiles_id', own, user],
  organization_users: ['organization_users_id', own, user],
  organization_user_permissions: [
    'organization_user_permissions_id',
    '(SELECT m.customer_profiles_id::text FROM organization_users m WHERE m.organization_users_id = t.organization_users_id)',
    nobody,
  ],
  customers: ['customers_id', own, nobody],
  stripe_checkout_sessions: [
    'stripe_checkout_sessions_id',
    '(SELECT c.customer_profiles_id::text FROM customers c WHERE c.customers_id = t.customers_id)',
    nobody,
  ],
  subscriptions: ['subscriptions_id', own, nobody],
  api_keys: ['api_keys_id', own, nobody],
  venues: ['venues_id', own, nobody],
  songdb: ['songdb_id', own, nobody],
  systems: ['systems_id', own, nobody],
  state: ['customer_profiles_id', own, nobody],
  requests: [
    'requests_id',
    ofVenue,
    `coalesce(${singer}, '{}') || coalesce(submitted_by_users_id::text, '')`,
  ],
  singer_request_history: ['singer_request_history_id', ofVenue, singer],
  branding_profiles: ['branding_profiles_id', 'owner_id::text', nobody],
  branded_apps: ['branded_apps_id', own, nobody],
  branded_app_api_keys: [
    'branded_app_api_keys_id',
    '(SELECT a.customer_profiles_id::text FROM branded_apps a WHERE a.branded_apps_id = t.branded_apps_id)',
    nobody,
  ],
  'audit.catalogue_uploads': ['customer_profiles_id', own, nobody],
  'audit.catalogue_upload_batches': ['customer_profiles_id', own, nobody],
  audit_logs: ['sequence', 'tenant_id', nobody],
};

/** Three tenants with rows in every table that has a tenant, and users of every kind. */
export async function tenantsWithRows(database: TestDatabase): Promise<World> {
  for (const statement of fill.split(';')) await database.query(statement);
  const rows = new Map<string, Row[]>();
  for (const [table, [key, tenant, owners]] of Object.entries(descriptions)) {
    rows.set(
      table,
      await database.query<Row>(
        `SELECT ${key}::text AS key, ${tenant} AS tenant, ${owners} AS owners FROM ${table} t`,
      ),
    );
  }
  const tenants = rows.get('customer_profiles')!.map(({ key }) => key);
  const users = await database.query<{ id: string }>(
    `SELECT users_id AS id FROM users WHERE email ~ '^(owner1|member|singer|stranger)@tenancy' ORDER BY email`,
  );
  return {
    first: tenants[0]!,
    second: tenants[1]!,
    users: users.map(({ id }) => id),
    rows,
    read: async (dataSource, table) => {
      const seen = await dataSource.query<{ key: string }[]>(
        `SELECT ${descriptions[table]![0]}::text AS key FROM ${table}`,
      );
      return seen.map(({ key }) => key);
    },
  };
}
