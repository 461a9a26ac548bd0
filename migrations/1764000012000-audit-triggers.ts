import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * The audited tables (all tables of the package except `audit_logs`), with the columns whose values must not
 * reach the trail.
 */
const redactedColumns: Readonly<Record<string, readonly string[]>> = {
  users: ['password_hash'],
  roles: [],
  permissions: [],
  role_permissions: [],
  user_roles: [],
  accounts: ['refresh_token', 'access_token', 'id_token', 'session_state'],
  sessions: ['session_token'],
  verification_tokens: ['token'],
  singer_profiles: [],
  customer_profiles: [],
  customers: [],
  stripe_checkout_sessions: [],
  products: [],
  prices: [],
  subscriptions: [],
  stripe_webhook_events: ['endpoint_secret'],
  organization_users: ['invitation_token'],
  organization_user_permissions: [],
  api_keys: ['api_key_hash'],
  venues: [],
  systems: [],
  state: [],
  songdb: [],
  requests: [],
  singer_favorite_songs: [],
  singer_favorite_venues: [],
  singer_request_history: [],
  branding_profiles: [],
  branded_apps: [],
  branded_app_api_keys: ['api_key_hash'],
};

/**
 * The tables whose rows belong to a customer, each with the column that has the customer's profile, or with the
 * column that refers to a row of another table which has it. Parents come before the tables that refer to them.
 * All other tables are global.
 */
const tenants: Readonly<Record<string, readonly [column: string, parent?: string]>> = {
  customer_profiles: ['customer_profiles_id'],
  customers: ['customer_profiles_id'],
  stripe_checkout_sessions: ['customers_id', 'customers'],
  subscriptions: ['customer_profiles_id'],
  organization_users: ['customer_profiles_id'],
  organization_user_permissions: ['organization_users_id', 'organization_users'],
  api_keys: ['customer_profiles_id'],
  venues: ['customer_profiles_id'],
  systems: ['customer_profiles_id'],
  state: ['customer_profiles_id'],
  songdb: ['customer_profiles_id'],
  requests: ['venues_id', 'venues'],
  singer_request_history: ['venues_id', 'venues'],
  // Null for the profiles of the platform.
  branding_profiles: ['owner_id'],
  branded_apps: ['customer_profiles_id'],
  branded_app_api_keys: ['branded_apps_id', 'branded_apps'],
};

export class AuditTriggers1764000012000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    for (const [table, [column, parent = null]] of Object.entries(tenants)) {
      await queryRunner.query(`SELECT audit.set_tenant($1::regclass, $2, $3::regclass)`, [
        table,
        column,
        parent,
      ]);
    }
    for (const [table, redacted] of Object.entries(redactedColumns)) {
      await queryRunner.query(`SELECT audit.attach($1::regclass, $2)`, [table, redacted]);
    }
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    for (const table of Object.keys(redactedColumns)) {
      await queryRunner.query(`SELECT audit.detach($1::regclass)`, [table]);
    }
    for (const table of Object.keys(tenants).reverse()) {
      await queryRunner.query(`SELECT audit.set_tenant($1::regclass, NULL)`, [table]);
    }
  }
}
