/** The trail's definition of a table, written by hand, so that the suites do not use the code that they test. */
export interface TrailTable {
  readonly keys: readonly string[];
  /** The columns whose values the trail must not keep. */
  readonly secrets: readonly string[];
}

const table = (key: string, ...secrets: string[]): TrailTable => ({ keys: [key], secrets });

/** The 30 audited tables, parents before children. */
export const tables: Readonly<Record<string, TrailTable>> = {
  users: table('users_id', 'password_hash'),
  roles: table('roles_id'),
  permissions: table('permissions_id'),
  role_permissions: table('role_permissions_id'),
  user_roles: table('user_roles_id'),
  accounts: table('accounts_id', 'refresh_token', 'access_token', 'id_token', 'session_state'),
  sessions: table('sessions_id', 'session_token'),
  verification_tokens: { keys: ['identifier', 'token'], secrets: ['token'] },
  singer_profiles: table('singer_profiles_id'),
  customer_profiles: table('customer_profiles_id'),
  customers: table('customers_id'),
  stripe_checkout_sessions: table('stripe_checkout_sessions_id'),
  products: table('products_id'),
  prices: table('prices_id'),
  subscriptions: table('subscriptions_id'),
  stripe_webhook_events: table('stripe_webhook_events_id', 'endpoint_secret'),
  organization_users: table('organization_users_id', 'invitation_token'),
  organization_user_permissions: table('organization_user_permissions_id'),
  api_keys: table('api_keys_id', 'api_key_hash'),
  venues: table('venues_id'),
  systems: table('systems_id'),
  state: table('customer_profiles_id'),
  songdb: table('songdb_id'),
  requests: table('requests_id'),
  singer_favorite_songs: table('singer_favorite_songs_id'),
  singer_favorite_venues: { keys: ['singer_profiles_id', 'venues_id'], secrets: [] },
  singer_request_history: table('singer_request_history_id'),
  branding_profiles: table('branding_profiles_id'),
  branded_apps: table('branded_apps_id'),
  branded_app_api_keys: table('branded_app_api_keys_id', 'api_key_hash'),
};

/** The columns that no undo sets back. */
export const forwardOnly: Readonly<Record<string, readonly string[]>> = {
  users: ['last_login_at'],
  organization_users: ['last_accessed_at'],
  api_keys: ['last_used_at'],
  branded_app_api_keys: ['last_used_at'],
};

export const tableNames = Object.keys(tables);

const digest = (column: string) =>
  `'sha256:' || encode(sha256(convert_to(t.${column}, 'UTF8')), 'hex')`;

/** The record id of a row `t`, in SQL. */
export function idOf(name: string): string {
  const { keys, secrets } = tables[name]!;
  const parts = keys.map((key) => (secrets.includes(key) ? digest(key) : `t.${key}::text`));
  if (parts.length === 1) return parts[0]!;
  return `jsonb_build_object(${keys.map((key, index) => `'${key}', ${parts[index]}`).join(', ')})::text`;
}

/** The columns that hold JSON, whose own null an image tells from none. */
const jsonColumns: Readonly<Record<string, readonly string[]>> = {
  api_keys: ['metadata'],
  branded_apps: ['config', 'rate_limit_override'],
  branding_profiles: ['color_palette', 'metadata'],
  customer_profiles: ['billing_address', 'metadata'],
  customers: ['shipping', 'metadata', 'invoice_settings', 'tax_ids'],
  prices: ['recurring', 'metadata'],
  products: ['metadata'],
  singer_favorite_songs: ['metadata'],
  singer_profiles: ['preferences'],
  stripe_checkout_sessions: ['metadata'],
  stripe_webhook_events: ['payload'],
  subscriptions: ['metadata'],
  systems: ['configuration'],
};

/** The image of a row `t` that the trail must have, in SQL: whole but for its secrets. */
export function imageOf(name: string): string {
  return tables[name]!.secrets.reduce(
    (image, column) =>
      `(CASE WHEN t.${column} IS NULL THEN ${image} ELSE jsonb_set(${image}, '{${column}}', '"[redacted]"') END)`,
    (jsonColumns[name] ?? []).reduce(
      (image, column) =>
        `(${image} || CASE WHEN t.${column} = 'null' THEN '{"${column}": {"[json]": null}}'::jsonb ELSE '{}' END)`,
      'to_jsonb(t)',
    ),
  );
}
