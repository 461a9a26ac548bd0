import type { MigrationInterface, QueryRunner } from 'typeorm';

export class Songs1764000006000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    // The name of the last unique constraint is cut to 63 bytes, PostgreSQL's limit.
    await queryRunner.query(`
      CREATE TABLE songdb (
        songdb_id            bigserial      NOT NULL,
        customer_profiles_id uuid           NOT NULL,
        openkj_system_id     integer        NOT NULL,
        artist               text           NOT NULL,
        title                text           NOT NULL,
        combined             text           NOT NULL,
        -- With COLLATE "C", the index of the unique constraint can also serve prefix searches.
        normalized_combined  text           COLLATE "C" NOT NULL,
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

    /*
     * Indexes for search as you type, in all systems or in one. `compact` removes spaces and punctuation, so that
     * acdc finds AC/DC. For words, characters between words become spaces, and apostrophes and full stops are
     * removed, because people leave them out.
     *
     * The queries must use the same expressions: src/domains/songs/search/search-expressions.ts.
     */
    const compact = (text: string) => `translate(${text}, ' -/()[]{}"&,!?:;_+*#@''.', '')`;
    const title = compact(`substr(normalized_combined, strpos(normalized_combined, ' - ') + 3)`);
    const words = `translate(normalized_combined, '-/()[]{}"&,!?:;_+*#@''.', '                    ')`;
    await queryRunner.query(`
      CREATE INDEX idx_songdb_normalized_combined ON songdb (normalized_combined);
      CREATE INDEX idx_songdb_compact ON songdb ((${compact('normalized_combined')}));
      CREATE INDEX idx_songdb_compact_title ON songdb ((${title}));
      CREATE INDEX idx_songdb_customer_system_compact
        ON songdb (customer_profiles_id, openkj_system_id, (${compact('normalized_combined')}));
      CREATE INDEX idx_songdb_customer_system_compact_title
        ON songdb (customer_profiles_id, openkj_system_id, (${title}));
      -- The customer is in an array, because GIN can index arrays but not a plain uuid. One index then finds
      -- the words in one customer's songs.
      CREATE INDEX idx_songdb_words
        ON songdb USING gin ((' ' || ${words}) gin_trgm_ops, (ARRAY[customer_profiles_id]));
    `);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`DROP TABLE songdb`);
  }
}
