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

export class AuditTriggers1764000012000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    for (const [table, redacted] of Object.entries(redactedColumns)) {
      await queryRunner.query(`SELECT audit.attach($1::regclass, $2)`, [table, redacted]);
    }
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    for (const table of Object.keys(redactedColumns)) {
      await queryRunner.query(`SELECT audit.detach($1::regclass)`, [table]);
    }
  }
}
