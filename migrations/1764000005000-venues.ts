import type { MigrationInterface, QueryRunner } from 'typeorm';

export class Venues1764000005000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      CREATE TABLE venues (
        venues_id               uuid                   NOT NULL DEFAULT gen_random_uuid(),
        customer_profiles_id    uuid                   NOT NULL,
        openkj_venue_id         integer                NOT NULL,
        url_name                text                   NOT NULL,
        accepting_requests      boolean                NOT NULL DEFAULT true,
        name                    text                   NOT NULL,
        address                 text                   NOT NULL,
        city                    text                   NOT NULL,
        state                   text                   NOT NULL,
        postal_code             text                   NOT NULL,
        country                 text,
        phone_number            text,
        website                 text,
        location                geography(Point, 4326),
        active_openkj_system_id integer,
        created_at              timestamptz(6)         NOT NULL DEFAULT now(),
        updated_at              timestamptz(6)         NOT NULL DEFAULT now(),
        CONSTRAINT venues_pkey PRIMARY KEY (venues_id),
        CONSTRAINT venues_url_name_key UNIQUE (url_name),
        CONSTRAINT venues_customer_profiles_id_openkj_venue_id_key
          UNIQUE (customer_profiles_id, openkj_venue_id),
        CONSTRAINT venues_customer_profiles_id_fkey FOREIGN KEY (customer_profiles_id)
          REFERENCES customer_profiles (customer_profiles_id) ON DELETE CASCADE ON UPDATE CASCADE
      );
      CREATE INDEX idx_venues_customer_profile ON venues (customer_profiles_id);
      CREATE INDEX idx_venues_location ON venues USING gist (location);
    `);

    await queryRunner.query(`
      CREATE TABLE systems (
        systems_id           uuid           NOT NULL DEFAULT gen_random_uuid(),
        customer_profiles_id uuid           NOT NULL,
        openkj_system_id     integer        NOT NULL,
        name                 text           NOT NULL,
        configuration        jsonb                   DEFAULT '{}',
        created_at           timestamptz(6) NOT NULL DEFAULT now(),
        updated_at           timestamptz(6) NOT NULL DEFAULT now(),
        CONSTRAINT systems_pkey PRIMARY KEY (systems_id),
        CONSTRAINT systems_customer_profiles_id_openkj_system_id_key
          UNIQUE (customer_profiles_id, openkj_system_id),
        CONSTRAINT systems_customer_profiles_id_fkey FOREIGN KEY (customer_profiles_id)
          REFERENCES customer_profiles (customer_profiles_id) ON DELETE CASCADE ON UPDATE CASCADE
      );
      CREATE INDEX idx_systems_customer_profile ON systems (customer_profiles_id);

      CREATE TABLE state (
        customer_profiles_id uuid   NOT NULL,
        serial               bigint NOT NULL DEFAULT 1,
        CONSTRAINT state_pkey PRIMARY KEY (customer_profiles_id),
        CONSTRAINT state_customer_profiles_id_fkey FOREIGN KEY (customer_profiles_id)
          REFERENCES customer_profiles (customer_profiles_id) ON DELETE CASCADE ON UPDATE CASCADE
      );
    `);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`DROP TABLE state, systems, venues`);
  }
}
