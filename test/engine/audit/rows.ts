import { randomUUID } from 'node:crypto';

/** A row's values, by column name. */
export type Row = Readonly<Record<string, unknown>>;

/** One valid row of every audited table, which refer to each other. */
export interface RowSet {
  /** In the order in which they can be inserted. */
  readonly rows: ReadonlyMap<string, Row>;
  /** Values that must never be in the trail. */
  readonly secrets: readonly string[];
}

let count = 0;

/** Rows that share no unique value with those of another call. */
export function makeRows(): RowSet {
  const n = ++count;
  const secrets: string[] = [];
  const secret = (name: string) => {
    const value = `planted-${name}-${randomUUID()}`;
    secrets.push(value);
    return value;
  };
  const id = () => randomUUID();
  const [user, role, permission] = [id(), id(), id()];
  const [customerProfile, singerProfile, customer] = [id(), id(), id()];
  const [venue, member, brandingProfile, brandedApp] = [id(), id(), id(), id()];
  const number = 1_000_000 + n;

  const rows: Record<string, Row> = {
    users: {
      users_id: user,
      email: `person-${n}@rows.test`,
      password_hash: secret('password-hash'),
      name: `Person ${n}`,
    },
    roles: { roles_id: role, slug: `row-${n}` },
    permissions: { permissions_id: permission, slug: `row-${n}:read` },
    role_permissions: { role_permissions_id: id(), roles_id: role, permissions_id: permission },
    user_roles: { user_roles_id: id(), users_id: user, roles_id: role },
    accounts: {
      accounts_id: id(),
      users_id: user,
      provider: 'google',
      provider_account_id: `account-${n}`,
      type: 'oauth',
      refresh_token: secret('refresh-token'),
      access_token: secret('access-token'),
      id_token: secret('id-token'),
      session_state: secret('session-state'),
      expires_at: '9223372036854775807',
    },
    sessions: {
      sessions_id: id(),
      users_id: user,
      session_token: secret('session-token'),
      expires_at: '2030-01-02 03:04:05.678901+00',
    },
    verification_tokens: {
      identifier: `person-${n}@rows.test`,
      token: secret('verification-token'),
      expires_at: '2030-01-02 03:04:05.678901+00',
    },
    customer_profiles: { customer_profiles_id: customerProfile, users_id: user },
    singer_profiles: { singer_profiles_id: singerProfile, users_id: user, nickname: 'Ann' },
    customers: {
      customers_id: customer,
      stripe_customer_id: `cus_${n}`,
      customer_profiles_id: customerProfile,
    },
    stripe_checkout_sessions: {
      stripe_checkout_sessions_id: `cs_${n}`,
      customers_id: customer,
      payment_status: 'paid',
      mode: 'payment',
      amount_total: '9223372036854775807',
      currency: 'usd',
    },
    products: { products_id: `prod_${n}`, images: ['a.png', 'b.png'] },
    prices: { prices_id: `price_${n}`, product_id: `prod_${n}`, currency: 'usd', type: 'one_time' },
    subscriptions: {
      subscriptions_id: `sub_${n}`,
      customer_profiles_id: customerProfile,
      status: 'active',
      current_period_start: '2026-01-01 00:00:00.000001+00',
      current_period_end: '2026-02-01 00:00:00.999999+00',
    },
    stripe_webhook_events: {
      stripe_webhook_events_id: number,
      event_id: `evt_${n}`,
      event_type: 'invoice.paid',
      payload: '{"amount": 1.00}',
      endpoint_secret: secret('endpoint-secret'),
    },
    organization_users: {
      organization_users_id: member,
      customer_profiles_id: customerProfile,
      users_id: user,
      invited_by_user_id: user,
      role_id: role,
      invitation_token: secret('invitation-token'),
    },
    organization_user_permissions: {
      organization_user_permissions_id: id(),
      organization_users_id: member,
      permissions_id: permission,
    },
    api_keys: {
      api_keys_id: id(),
      customer_profiles_id: customerProfile,
      customers_id: customer,
      created_by_users_id: user,
      api_key_hash: secret('api-key-hash'),
    },
    venues: {
      venues_id: venue,
      customer_profiles_id: customerProfile,
      openkj_venue_id: n,
      url_name: `venue-${n}`,
      name: `Venue ${n}`,
      address: '1 Main St',
      city: 'Nashville',
      state: 'TN',
      postal_code: '37201',
      location: 'SRID=4326;POINT(-86.77810123456789 36.16270987654321)',
    },
    systems: {
      systems_id: id(),
      customer_profiles_id: customerProfile,
      openkj_system_id: n,
      name: 'Main',
    },
    state: { customer_profiles_id: customerProfile, serial: '9007199254740993' },
    songdb: {
      songdb_id: String(number),
      customer_profiles_id: customerProfile,
      openkj_system_id: n,
      artist: 'ABBA',
      title: 'Waterloo',
      combined: 'ABBA - Waterloo',
      normalized_combined: 'abba waterloo',
    },
    requests: {
      requests_id: String(number),
      venues_id: venue,
      singer_profiles_id: singerProfile,
      submitted_by_users_id: user,
      artist: 'ABBA',
      title: 'Waterloo',
    },
    singer_favorite_songs: {
      singer_favorite_songs_id: id(),
      singer_profiles_id: singerProfile,
      artist: 'ABBA',
      title: 'Waterloo',
    },
    singer_favorite_venues: { singer_profiles_id: singerProfile, venues_id: venue },
    singer_request_history: {
      singer_request_history_id: id(),
      singer_profiles_id: singerProfile,
      venues_id: venue,
      artist: 'ABBA',
      title: 'Waterloo',
      song_fingerprint: 'abba waterloo',
    },
    branding_profiles: {
      branding_profiles_id: brandingProfile,
      owner_type: 'customer',
      owner_id: customerProfile,
      name: `Brand ${n}`,
    },
    branded_apps: {
      branded_apps_id: brandedApp,
      customer_profiles_id: customerProfile,
      branding_profiles_id: brandingProfile,
      name: `App ${n}`,
      platform: 'ios',
    },
    branded_app_api_keys: {
      branded_app_api_keys_id: id(),
      branded_apps_id: brandedApp,
      api_key_hash: secret('app-api-key-hash'),
    },
  };
  return { rows: new Map(Object.entries(rows)), secrets };
}

/** An INSERT of the row, and its values. */
export function insertOf(table: string, row: Row): { text: string; values: unknown[] } {
  const columns = Object.keys(row);
  return {
    text: `INSERT INTO ${table} (${columns.join(', ')})
           VALUES (${columns.map((_, index) => `$${index + 1}`).join(', ')})`,
    values: Object.values(row),
  };
}
