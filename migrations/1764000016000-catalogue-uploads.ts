import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Tables with the songs of unfinished uploads. They are not audited: the trail records the changes of
 * `songdb` when an upload is finished.
 */
export class CatalogueUploads1764000016000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      CREATE TABLE audit.catalogue_uploads (
        customer_profiles_id uuid           NOT NULL,
        openkj_system_id     integer        NOT NULL,
        -- Null when there is no such system, because a catalogue may be uploaded before its system is
        -- created.
        systems_id           uuid,
        replaces             boolean        NOT NULL,
        -- The actor of the last batch, because another actor may finish the upload.
        actor                jsonb,
        row_count            integer        NOT NULL,
        -- The number of rows that are songs.
        song_count           integer        NOT NULL,
        last_call_at         timestamptz(6) NOT NULL,
        CONSTRAINT catalogue_uploads_pkey PRIMARY KEY (customer_profiles_id, openkj_system_id),
        CONSTRAINT catalogue_uploads_customer_profiles_id_fkey FOREIGN KEY (customer_profiles_id)
          REFERENCES customer_profiles (customer_profiles_id) ON DELETE CASCADE ON UPDATE CASCADE,
        CONSTRAINT catalogue_uploads_systems_id_fkey FOREIGN KEY (systems_id)
          REFERENCES systems (systems_id) ON DELETE CASCADE ON UPDATE CASCADE
      );
      CREATE INDEX catalogue_uploads_systems_id_idx ON audit.catalogue_uploads (systems_id);

      -- One row for each batch, so that PostgreSQL compresses its songs together and deletes them quickly.
      CREATE TABLE audit.catalogue_upload_batches (
        customer_profiles_id uuid    NOT NULL,
        openkj_system_id     integer NOT NULL,
        rows_before          integer NOT NULL,
        songs                json    NOT NULL,
        CONSTRAINT catalogue_upload_batches_pkey
          PRIMARY KEY (customer_profiles_id, openkj_system_id, rows_before),
        CONSTRAINT catalogue_upload_batches_upload_fkey FOREIGN KEY (customer_profiles_id, openkj_system_id)
          REFERENCES audit.catalogue_uploads (customer_profiles_id, openkj_system_id)
          ON DELETE CASCADE ON UPDATE CASCADE
      );

      INSERT INTO audit.working_tables VALUES ('audit.catalogue_uploads'), ('audit.catalogue_upload_batches');
    `);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      DELETE FROM audit.working_tables
      WHERE table_name IN ('audit.catalogue_uploads', 'audit.catalogue_upload_batches');
      DROP TABLE audit.catalogue_upload_batches, audit.catalogue_uploads;
    `);
  }
}
