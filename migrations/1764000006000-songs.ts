import type { MigrationInterface, QueryRunner } from 'typeorm';

export class Songs1764000006000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    // The last unique constraint's name is cut at PostgreSQL's 63 bytes.
    await queryRunner.query(`
      CREATE TABLE songdb (
        songdb_id            bigserial      NOT NULL,
        customer_profiles_id uuid           NOT NULL,
        openkj_system_id     integer        NOT NULL,
        artist               text           NOT NULL,
        title                text           NOT NULL,
        combined             text           NOT NULL,
        normalized_combined  text           NOT NULL,
        created_at           timestamptz(6) NOT NULL DEFAULT now(),
        updated_at           timestamptz(6) NOT NULL DEFAULT now(),
        CONSTRAINT songdb_pkey PRIMARY KEY (songdb_id),
        CONSTRAINT songdb_customer_profiles_id_openkj_system_id_combined_key
          UNIQUE (customer_profiles_id, openkj_system_id, combined),
        CONSTRAINT songdb_customer_profiles_id_openkj_system_id_normalized_combine
          UNIQUE (customer_profiles_id, openkj_system_id, normalized_combined),
        CONSTRAINT songdb_customer_profiles_id_fkey FOREIGN KEY (customer_profiles_id)
          REFERENCES customer_profiles (customer_profiles_id) ON DELETE CASCADE ON UPDATE CASCADE
      );
      CREATE INDEX idx_songdb_customer_system_artist
        ON songdb (customer_profiles_id, openkj_system_id, artist);
    `);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`DROP TABLE songdb`);
  }
}
