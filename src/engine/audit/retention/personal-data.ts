import { emailKeyOf } from '../../common/email-key.js';

/** Where the trail holds data about a person. */
export interface PersonalData {
  readonly table: string;
  /** A record is the person's when any of these names the person, now or in an image. */
  readonly owners: readonly Owner[];
  /** What is about the person. */
  readonly columns: readonly string[];
  /** What else than its id such a record goes by elsewhere: by the kind of name, SQL of an image. */
  readonly names?: Readonly<Record<string, string>>;
}

/** Where an image names whom the record belongs to. */
export interface Owner {
  /** SQL of an image: the names in it, an array of texts. */
  readonly namesIn: string;
  /** A kind of name; the ids of a table's records go by the table. */
  readonly kind: string;
}

const column = (name: string, kind: string): Owner => ({
  namesIn: `ARRAY[image->>'${name}']`,
  kind,
});

/**
 * A token is for a purpose, a user and an address: `reset-password:ID:ann@example.com`. An application that
 * makes tokens of its own may name the address alone.
 */
const addressOfToken = `regexp_replace(image->>'identifier', '^([a-z][a-z0-9-]*:)?([0-9a-f-]{36}:)?', '')`;

/** Stripe puts a customer into many places, by id, by address or expanded. */
const textsOfPayload = (text: string) => `ARRAY(
  SELECT ${text} FROM (
    SELECT value #>> '{}' FROM jsonb_path_query(image->'payload', 'strict $.** ? (@.type() == "string")') AS value
  ) AS texts (text))`;

/** Each after those that lead to it. */
export const personalData: readonly PersonalData[] = [
  {
    table: 'users',
    owners: [column('users_id', 'users')],
    columns: ['email', 'name', 'display_name', 'phone_number', 'image_url'],
    names: { address: emailKeyOf(`image->>'email'`) },
  },
  {
    table: 'accounts',
    owners: [column('users_id', 'users')],
    columns: ['provider_account_id'],
  },
  {
    table: 'verification_tokens',
    owners: [
      { namesIn: `ARRAY[split_part(image->>'identifier', ':', 2)]`, kind: 'users' },
      { namesIn: `ARRAY[${emailKeyOf(addressOfToken)}]`, kind: 'address' },
    ],
    columns: ['identifier'],
  },
  {
    table: 'singer_profiles',
    owners: [column('users_id', 'users')],
    columns: ['nickname', 'avatar_url', 'preferences'],
  },
  {
    table: 'singer_favorite_songs',
    owners: [column('singer_profiles_id', 'singer_profiles')],
    columns: ['metadata'],
  },
  {
    table: 'requests',
    owners: [
      column('submitted_by_users_id', 'users'),
      column('singer_profiles_id', 'singer_profiles'),
    ],
    columns: ['notes'],
  },
  {
    table: 'customer_profiles',
    owners: [column('users_id', 'users')],
    columns: [
      'legal_business_name',
      'dba_name',
      'contact_email',
      'contact_phone',
      'billing_address',
      'metadata',
    ],
    names: { 'stripe customer': `image->>'stripe_customer_id'` },
  },
  {
    table: 'customers',
    owners: [column('customer_profiles_id', 'customer_profiles')],
    columns: [
      'email',
      'name',
      'phone',
      'description',
      'metadata',
      'invoice_settings',
      'shipping',
      'tax_ids',
    ],
    names: { 'stripe customer': `image->>'stripe_customer_id'` },
  },
  {
    table: 'stripe_checkout_sessions',
    owners: [column('customers_id', 'customers')],
    columns: ['url', 'metadata'],
  },
  {
    table: 'subscriptions',
    owners: [column('customer_profiles_id', 'customer_profiles')],
    columns: ['metadata'],
  },
  {
    table: 'stripe_webhook_events',
    owners: [
      { namesIn: textsOfPayload('text'), kind: 'stripe customer' },
      { namesIn: textsOfPayload(emailKeyOf('text')), kind: 'address' },
    ],
    columns: ['payload'],
  },
];
