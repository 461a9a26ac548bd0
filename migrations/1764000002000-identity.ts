import type { MigrationInterface, QueryRunner } from 'typeorm';

export class Identity1764000002000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      CREATE TABLE users (
        users_id          uuid           NOT NULL DEFAULT gen_random_uuid(),
        email             text           NOT NULL,
        password_hash     text,
        password_algo     text,
        name              text,
        display_name      text,
        phone_number      text,
        image_url         text,
        is_email_verified boolean        NOT NULL DEFAULT false,
        last_login_at     timestamptz(6),
        created_at        timestamptz(6) NOT NULL DEFAULT now(),
        updated_at        timestamptz(6) NOT NULL DEFAULT now(),
        CONSTRAINT users_pkey PRIMARY KEY (users_id),
        CONSTRAINT users_email_key UNIQUE (email)
      );

      -- Addresses that differ only in the case of A to Z belong to the same user. The collation "C" folds only
      -- these letters. A locale would also map Turkish letters or the Kelvin sign to ASCII, and so take two
      -- mailboxes for one.
      CREATE UNIQUE INDEX users_lower_email_key ON users (lower(normalize(email, NFC) COLLATE "C"));
    `);

    await queryRunner.query(`
      CREATE TABLE roles (
        roles_id    uuid           NOT NULL DEFAULT gen_random_uuid(),
        slug        text           NOT NULL,
        description text,
        is_system   boolean        NOT NULL DEFAULT false,
        created_at  timestamptz(6) NOT NULL DEFAULT now(),
        updated_at  timestamptz(6) NOT NULL DEFAULT now(),
        CONSTRAINT roles_pkey PRIMARY KEY (roles_id),
        CONSTRAINT roles_slug_key UNIQUE (slug)
      );

      CREATE TABLE permissions (
        permissions_id uuid           NOT NULL DEFAULT gen_random_uuid(),
        slug           text           NOT NULL,
        description    text,
        created_at     timestamptz(6) NOT NULL DEFAULT now(),
        updated_at     timestamptz(6) NOT NULL DEFAULT now(),
        CONSTRAINT permissions_pkey PRIMARY KEY (permissions_id),
        CONSTRAINT permissions_slug_key UNIQUE (slug)
      );

      CREATE TABLE role_permissions (
        role_permissions_id uuid           NOT NULL DEFAULT gen_random_uuid(),
        roles_id            uuid           NOT NULL,
        permissions_id      uuid           NOT NULL,
        created_at          timestamptz(6) NOT NULL DEFAULT now(),
        CONSTRAINT role_permissions_pkey PRIMARY KEY (role_permissions_id),
        CONSTRAINT ux_role_permissions_role_permission UNIQUE (roles_id, permissions_id),
        CONSTRAINT role_permissions_roles_id_fkey FOREIGN KEY (roles_id)
          REFERENCES roles (roles_id) ON DELETE CASCADE ON UPDATE CASCADE,
        CONSTRAINT role_permissions_permissions_id_fkey FOREIGN KEY (permissions_id)
          REFERENCES permissions (permissions_id) ON DELETE CASCADE ON UPDATE CASCADE
      );
      CREATE INDEX role_permissions_permissions_id_idx ON role_permissions (permissions_id);

      CREATE TABLE user_roles (
        user_roles_id uuid           NOT NULL DEFAULT gen_random_uuid(),
        users_id      uuid           NOT NULL,
        roles_id      uuid           NOT NULL,
        created_at    timestamptz(6) NOT NULL DEFAULT now(),
        CONSTRAINT user_roles_pkey PRIMARY KEY (user_roles_id),
        CONSTRAINT ux_user_roles_user_role UNIQUE (users_id, roles_id),
        CONSTRAINT user_roles_users_id_fkey FOREIGN KEY (users_id)
          REFERENCES users (users_id) ON DELETE CASCADE ON UPDATE CASCADE,
        CONSTRAINT user_roles_roles_id_fkey FOREIGN KEY (roles_id)
          REFERENCES roles (roles_id) ON DELETE CASCADE ON UPDATE CASCADE
      );
      CREATE INDEX user_roles_roles_id_idx ON user_roles (roles_id);
    `);

    await queryRunner.query(`
      CREATE TABLE accounts (
        accounts_id         uuid           NOT NULL DEFAULT gen_random_uuid(),
        users_id            uuid           NOT NULL,
        provider            text           NOT NULL,
        provider_account_id text           NOT NULL,
        type                text           NOT NULL,
        refresh_token       text,
        access_token        text,
        expires_at          bigint,
        token_type          text,
        scope               text,
        id_token            text,
        session_state       text,
        created_at          timestamptz(6) NOT NULL DEFAULT now(),
        updated_at          timestamptz(6) NOT NULL DEFAULT now(),
        CONSTRAINT accounts_pkey PRIMARY KEY (accounts_id),
        CONSTRAINT accounts_provider_provider_account_id_key UNIQUE (provider, provider_account_id),
        CONSTRAINT accounts_users_id_fkey FOREIGN KEY (users_id)
          REFERENCES users (users_id) ON DELETE CASCADE ON UPDATE CASCADE
      );
      CREATE INDEX accounts_users_id_idx ON accounts (users_id);

      CREATE TABLE sessions (
        sessions_id   uuid           NOT NULL DEFAULT gen_random_uuid(),
        users_id      uuid           NOT NULL,
        session_token text           NOT NULL,
        expires_at    timestamptz(6) NOT NULL,
        created_at    timestamptz(6) NOT NULL DEFAULT now(),
        updated_at    timestamptz(6) NOT NULL DEFAULT now(),
        CONSTRAINT sessions_pkey PRIMARY KEY (sessions_id),
        CONSTRAINT sessions_session_token_key UNIQUE (session_token),
        CONSTRAINT sessions_users_id_fkey FOREIGN KEY (users_id)
          REFERENCES users (users_id) ON DELETE CASCADE ON UPDATE CASCADE
      );
      CREATE INDEX sessions_users_id_idx ON sessions (users_id);
      CREATE INDEX idx_sessions_expires ON sessions (expires_at);

      CREATE TABLE verification_tokens (
        identifier text           NOT NULL,
        token      text           NOT NULL,
        expires_at timestamptz(6) NOT NULL,
        created_at timestamptz(6) NOT NULL DEFAULT now(),
        updated_at timestamptz(6) NOT NULL DEFAULT now(),
        CONSTRAINT verification_tokens_pkey PRIMARY KEY (identifier, token)
      );
      CREATE INDEX idx_verification_tokens_expires ON verification_tokens (expires_at);
    `);

    await queryRunner.query(`
      CREATE TABLE customer_profiles (
        customer_profiles_id uuid           NOT NULL DEFAULT gen_random_uuid(),
        users_id             uuid           NOT NULL,
        legal_business_name  text,
        dba_name             text,
        stripe_customer_id   text,
        contact_email        text,
        contact_phone        text,
        timezone             text                    DEFAULT 'UTC',
        billing_address      jsonb,
        metadata             jsonb                   DEFAULT '{}',
        created_at           timestamptz(6) NOT NULL DEFAULT now(),
        updated_at           timestamptz(6) NOT NULL DEFAULT now(),
        CONSTRAINT customer_profiles_pkey PRIMARY KEY (customer_profiles_id),
        CONSTRAINT customer_profiles_users_id_key UNIQUE (users_id),
        CONSTRAINT customer_profiles_stripe_customer_id_key UNIQUE (stripe_customer_id),
        CONSTRAINT customer_profiles_users_id_fkey FOREIGN KEY (users_id)
          REFERENCES users (users_id) ON DELETE CASCADE ON UPDATE CASCADE
      );

      CREATE TABLE singer_profiles (
        singer_profiles_id uuid           NOT NULL DEFAULT gen_random_uuid(),
        users_id           uuid           NOT NULL,
        nickname           text,
        avatar_url         text,
        preferences        jsonb                   DEFAULT '{}',
        created_at         timestamptz(6) NOT NULL DEFAULT now(),
        updated_at         timestamptz(6) NOT NULL DEFAULT now(),
        CONSTRAINT singer_profiles_pkey PRIMARY KEY (singer_profiles_id),
        CONSTRAINT singer_profiles_users_id_key UNIQUE (users_id),
        CONSTRAINT singer_profiles_users_id_fkey FOREIGN KEY (users_id)
          REFERENCES users (users_id) ON DELETE CASCADE ON UPDATE CASCADE
      );
    `);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      DROP TABLE singer_profiles, customer_profiles, verification_tokens, sessions, accounts,
        user_roles, role_permissions, permissions, roles, users
    `);
  }
}
