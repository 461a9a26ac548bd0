import { personalTablesOf } from '../../../src/engine/audit/retention/personal-tables.js';
import { emailKeyOf } from '../../../src/engine/common/email-key.js';
import { dataSourceFor } from '../../support/data-source.js';
import { useDatabase } from '../../support/database.js';

/** Where an image has the name of whom a record is of, by the kind of name. */
type Owners = Readonly<Record<string, string>>;

/** Where the package's tables say something of a person, written down by hand. */
const personal: Readonly<
  Record<string, { owners: Owners; columns: readonly string[]; names?: Owners }>
> = {
  users: {
    owners: { "ARRAY[image->>'users_id']": 'person' },
    columns: ['email', 'name', 'display_name', 'phone_number', 'image_url'],
    names: { address: emailKeyOf(`image->>'email'`) },
  },
  accounts: {
    owners: { "ARRAY[image->>'users_id']": 'person' },
    columns: ['provider_account_id'],
  },
  verification_tokens: {
    owners: {
      "ARRAY[split_part(image->>'identifier', ':', 2)]": 'person',
      [`ARRAY[${emailKeyOf(
        `regexp_replace(image->>'identifier', '^([a-z][a-z0-9-]*:)?([0-9a-f-]{36}:)?', '')`,
      )}]`]: 'address',
    },
    columns: ['identifier'],
  },
  singer_profiles: {
    owners: { "ARRAY[image->>'users_id']": 'person' },
    columns: ['nickname', 'avatar_url', 'preferences'],
  },
  singer_favorite_songs: {
    owners: { "ARRAY[image->>'singer_profiles_id']": 'records of singer_profiles' },
    columns: ['metadata'],
  },
  requests: {
    owners: {
      "ARRAY[image->>'submitted_by_users_id']": 'person',
      "ARRAY[image->>'singer_profiles_id']": 'records of singer_profiles',
    },
    columns: ['notes', 'singer_name'],
  },
  customer_profiles: {
    owners: { "ARRAY[image->>'users_id']": 'person' },
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
  customers: {
    owners: { "ARRAY[image->>'customer_profiles_id']": 'records of customer_profiles' },
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
  stripe_checkout_sessions: {
    owners: { "ARRAY[image->>'customers_id']": 'records of customers' },
    columns: ['url', 'metadata'],
  },
  subscriptions: {
    owners: { "ARRAY[image->>'customer_profiles_id']": 'records of customer_profiles' },
    columns: ['metadata'],
  },
  stripe_webhook_events: {
    owners: {
      [textsOfPayload('text')]: 'stripe customer',
      [textsOfPayload(emailKeyOf('text'))]: 'address',
    },
    columns: ['payload'],
  },
};

function textsOfPayload(text: string): string {
  return `ARRAY( SELECT ${text} FROM ( SELECT value #>> '{}' FROM jsonb_path_query(image->'payload', 'strict $.** ? (@.type() == "string")') AS value ) AS texts (text))`;
}

const oneLine = (sql: string) => sql.replace(/\s+/g, ' ');

describe('the package’s entities declare', () => {
  const database = useDatabase();

  it('all columns with personal data, and the owners of their rows', async () => {
    const dataSource = await dataSourceFor(database.options).initialize();
    database.beforeDrop(() => dataSource.destroy());
    const declared = personalTablesOf(dataSource).map(({ table, owners, columns, names }) => [
      table,
      {
        owners: Object.fromEntries(owners.map(({ namesIn, kind }) => [oneLine(namesIn), kind])),
        columns: columns.toSorted(),
        names,
      },
    ]);
    expect(Object.fromEntries(declared)).toEqual(
      Object.fromEntries(
        Object.entries(personal).map(([table, { owners, columns, names = {} }]) => [
          table,
          {
            owners: Object.fromEntries(
              Object.entries(owners).map(([sql, kind]) => [oneLine(sql), kind]),
            ),
            columns: columns.toSorted(),
            names,
          },
        ]),
      ),
    );
  });
});
