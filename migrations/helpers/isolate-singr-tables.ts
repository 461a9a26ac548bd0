import type { QueryRunner } from 'typeorm';
import { isolateTable, unisolateTable, type IsolateTableOptions } from './isolate-table.js';

const singer = { column: 'singer_profiles_id', of: 'singer_profiles', user: 'users_id' };

/**
 * The tables of Singr with a tenant, and who else reads their rows. docs/tenancy.md has the same as a table for
 * people.
 */
const isolated: Readonly<Record<string, IsolateTableOptions>> = {
  // The owner of a customer, and the members of its organization, see that they are.
  customer_profiles: { owners: [{ column: 'users_id' }] },
  organization_users: { owners: [{ column: 'users_id' }] },
  organization_user_permissions: {},
  customers: {},
  stripe_checkout_sessions: {},
  subscriptions: {},
  api_keys: {},
  // Singers find venues and songs everywhere.
  venues: { public: true, searchable: true },
  songdb: { public: true, searchable: true },
  systems: {},
  state: {},
  requests: { owners: [{ column: 'submitted_by_users_id' }, singer] },
  singer_request_history: { owners: [singer], searchable: true },
  // An app boots before anybody has signed in.
  branding_profiles: { public: true },
  branded_apps: { public: true },
  branded_app_api_keys: {},
  'audit.catalogue_uploads': { tenant: 'customer_profiles_id' },
  'audit.catalogue_upload_batches': { tenant: 'customer_profiles_id' },
};

/** Restricts every table of Singr that has a tenant, and the trail, to the tenants of the running code. */
export async function isolateSingrTables(queryRunner: QueryRunner): Promise<void> {
  for (const [table, options] of Object.entries(isolated)) {
    await isolateTable(queryRunner, table, options);
  }
}

/** Undoes `isolateSingrTables()`. */
export async function unisolateSingrTables(queryRunner: QueryRunner): Promise<void> {
  for (const table of Object.keys(isolated).reverse()) await unisolateTable(queryRunner, table);
}
