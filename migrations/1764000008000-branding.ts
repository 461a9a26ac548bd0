import type { MigrationInterface, QueryRunner } from 'typeorm';

export class Branding1764000008000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      CREATE TABLE branding_profiles (
        branding_profiles_id uuid                NOT NULL DEFAULT gen_random_uuid(),
        owner_type           branding_owner_type NOT NULL,
        owner_id             uuid,
        name                 text                NOT NULL,
        logo_url             text,
        color_palette        jsonb               NOT NULL DEFAULT '{}',
        powered_by_singr     boolean             NOT NULL DEFAULT true,
        domain               text,
        app_bundle_id        text,
        app_package_name     text,
        status               branding_status     NOT NULL DEFAULT 'active',
        metadata             jsonb                        DEFAULT '{}',
        created_at           timestamptz(6)      NOT NULL DEFAULT now(),
        updated_at           timestamptz(6)      NOT NULL DEFAULT now(),
        CONSTRAINT branding_profiles_pkey PRIMARY KEY (branding_profiles_id),
        -- NULLS NOT DISTINCT: the platform's profiles have no owner, and must have unique names too.
        CONSTRAINT branding_profiles_owner_type_owner_id_name_key
          UNIQUE NULLS NOT DISTINCT (owner_type, owner_id, name)
      );
      CREATE INDEX branding_profiles_owner_id_idx ON branding_profiles (owner_id);
      -- Host names are case-insensitive in A to Z only (DNS), as in the collation "C".
      CREATE INDEX branding_profiles_lower_domain_idx ON branding_profiles (lower(domain COLLATE "C"));
      CREATE INDEX branding_profiles_app_bundle_id_idx ON branding_profiles (app_bundle_id);
      CREATE INDEX branding_profiles_app_package_name_idx ON branding_profiles (app_package_name);
    `);

    await queryRunner.query(`
      CREATE TABLE branded_apps (
        branded_apps_id      uuid            NOT NULL DEFAULT gen_random_uuid(),
        customer_profiles_id uuid            NOT NULL,
        branding_profiles_id uuid            NOT NULL,
        name                 text            NOT NULL,
        platform             text            NOT NULL,
        bundle_identifier    text,
        status               branding_status NOT NULL DEFAULT 'active',
        config               jsonb           NOT NULL DEFAULT '{}',
        rate_limit_override  jsonb,
        created_at           timestamptz(6)  NOT NULL DEFAULT now(),
        updated_at           timestamptz(6)  NOT NULL DEFAULT now(),
        CONSTRAINT branded_apps_pkey PRIMARY KEY (branded_apps_id),
        CONSTRAINT branded_apps_customer_profiles_id_fkey FOREIGN KEY (customer_profiles_id)
          REFERENCES customer_profiles (customer_profiles_id) ON DELETE CASCADE ON UPDATE CASCADE,
        CONSTRAINT branded_apps_branding_profiles_id_fkey FOREIGN KEY (branding_profiles_id)
          REFERENCES branding_profiles (branding_profiles_id) ON DELETE RESTRICT ON UPDATE CASCADE
      );
      CREATE INDEX branded_apps_customer_profiles_id_idx ON branded_apps (customer_profiles_id);
      CREATE INDEX branded_apps_branding_profiles_id_idx ON branded_apps (branding_profiles_id);
      CREATE INDEX branded_apps_bundle_identifier_idx ON branded_apps (bundle_identifier);

      CREATE TABLE branded_app_api_keys (
        branded_app_api_keys_id uuid            NOT NULL DEFAULT gen_random_uuid(),
        branded_apps_id         uuid            NOT NULL,
        api_key_hash            text            NOT NULL,
        description             text,
        last_used_at            timestamptz(6),
        status                  branding_status NOT NULL DEFAULT 'active',
        expires_at              timestamptz(6),
        created_at              timestamptz(6)  NOT NULL DEFAULT now(),
        updated_at              timestamptz(6)  NOT NULL DEFAULT now(),
        CONSTRAINT branded_app_api_keys_pkey PRIMARY KEY (branded_app_api_keys_id),
        CONSTRAINT branded_app_api_keys_branded_apps_id_api_key_hash_key
          UNIQUE (branded_apps_id, api_key_hash),
        CONSTRAINT branded_app_api_keys_branded_apps_id_fkey FOREIGN KEY (branded_apps_id)
          REFERENCES branded_apps (branded_apps_id) ON DELETE CASCADE ON UPDATE CASCADE
      );
      CREATE INDEX branded_app_api_keys_api_key_hash_idx ON branded_app_api_keys (api_key_hash);
    `);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`DROP TABLE branded_app_api_keys, branded_apps, branding_profiles`);
  }
}
