import type { MigrationInterface, QueryRunner } from 'typeorm';

export class Organizations1764000004000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      CREATE TABLE organization_users (
        organization_users_id uuid                     NOT NULL DEFAULT gen_random_uuid(),
        customer_profiles_id  uuid                     NOT NULL,
        users_id              uuid                     NOT NULL,
        invited_by_user_id    uuid,
        role_id               uuid,
        status                organization_user_status NOT NULL DEFAULT 'invited',
        invitation_token      text,
        invitation_expires_at timestamptz(6),
        last_accessed_at      timestamptz(6),
        created_at            timestamptz(6)           NOT NULL DEFAULT now(),
        updated_at            timestamptz(6)           NOT NULL DEFAULT now(),
        CONSTRAINT organization_users_pkey PRIMARY KEY (organization_users_id),
        CONSTRAINT organization_users_customer_profiles_id_users_id_key
          UNIQUE (customer_profiles_id, users_id),
        CONSTRAINT organization_users_invitation_token_key UNIQUE (invitation_token),
        CONSTRAINT organization_users_customer_profiles_id_fkey FOREIGN KEY (customer_profiles_id)
          REFERENCES customer_profiles (customer_profiles_id) ON DELETE CASCADE ON UPDATE CASCADE,
        CONSTRAINT organization_users_users_id_fkey FOREIGN KEY (users_id)
          REFERENCES users (users_id) ON DELETE CASCADE ON UPDATE CASCADE,
        CONSTRAINT organization_users_invited_by_user_id_fkey FOREIGN KEY (invited_by_user_id)
          REFERENCES users (users_id) ON DELETE SET NULL ON UPDATE CASCADE,
        CONSTRAINT organization_users_role_id_fkey FOREIGN KEY (role_id)
          REFERENCES roles (roles_id) ON DELETE SET NULL ON UPDATE CASCADE
      );
      CREATE INDEX organization_users_users_id_idx ON organization_users (users_id);
      CREATE INDEX organization_users_invited_by_user_id_idx
        ON organization_users (invited_by_user_id);
      CREATE INDEX organization_users_role_id_idx ON organization_users (role_id);
      -- Invitations that may expire, which are few of all rows.
      CREATE INDEX idx_organization_users_invitations
        ON organization_users (invitation_expires_at) WHERE status = 'invited';

      CREATE TABLE organization_user_permissions (
        organization_user_permissions_id uuid           NOT NULL DEFAULT gen_random_uuid(),
        organization_users_id            uuid           NOT NULL,
        permissions_id                   uuid           NOT NULL,
        created_at                       timestamptz(6) NOT NULL DEFAULT now(),
        CONSTRAINT organization_user_permissions_pkey
          PRIMARY KEY (organization_user_permissions_id),
        CONSTRAINT ux_org_user_permissions UNIQUE (organization_users_id, permissions_id),
        CONSTRAINT organization_user_permissions_organization_users_id_fkey
          FOREIGN KEY (organization_users_id)
          REFERENCES organization_users (organization_users_id)
          ON DELETE CASCADE ON UPDATE CASCADE,
        CONSTRAINT organization_user_permissions_permissions_id_fkey FOREIGN KEY (permissions_id)
          REFERENCES permissions (permissions_id) ON DELETE CASCADE ON UPDATE CASCADE
      );
      CREATE INDEX organization_user_permissions_permissions_id_idx
        ON organization_user_permissions (permissions_id);
    `);

    await queryRunner.query(`
      CREATE TABLE api_keys (
        api_keys_id          uuid           NOT NULL DEFAULT gen_random_uuid(),
        customer_profiles_id uuid           NOT NULL,
        customers_id         uuid,
        created_by_users_id  uuid,
        description          text,
        api_key_hash         text           NOT NULL,
        last_used_at         timestamptz(6),
        status               api_key_status NOT NULL DEFAULT 'active',
        expires_at           timestamptz(6),
        revoked_at           timestamptz(6),
        metadata             jsonb                   DEFAULT '{}',
        created_at           timestamptz(6) NOT NULL DEFAULT now(),
        updated_at           timestamptz(6) NOT NULL DEFAULT now(),
        CONSTRAINT api_keys_pkey PRIMARY KEY (api_keys_id),
        CONSTRAINT api_keys_api_key_hash_key UNIQUE (api_key_hash),
        CONSTRAINT api_keys_customer_profiles_id_fkey FOREIGN KEY (customer_profiles_id)
          REFERENCES customer_profiles (customer_profiles_id) ON DELETE CASCADE ON UPDATE CASCADE,
        CONSTRAINT api_keys_customers_id_fkey FOREIGN KEY (customers_id)
          REFERENCES customers (customers_id) ON DELETE SET NULL ON UPDATE CASCADE,
        CONSTRAINT api_keys_created_by_users_id_fkey FOREIGN KEY (created_by_users_id)
          REFERENCES users (users_id) ON DELETE SET NULL ON UPDATE CASCADE
      );
      CREATE INDEX idx_api_keys_customer_profile ON api_keys (customer_profiles_id);
      CREATE INDEX idx_api_keys_customer ON api_keys (customers_id);
      CREATE INDEX api_keys_created_by_users_id_idx ON api_keys (created_by_users_id);
      CREATE INDEX idx_api_keys_expires ON api_keys (expires_at);
    `);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      DROP TABLE api_keys, organization_user_permissions, organization_users
    `);
  }
}
