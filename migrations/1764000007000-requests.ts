import type { MigrationInterface, QueryRunner } from 'typeorm';

export class Requests1764000007000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      CREATE TABLE requests (
        requests_id           bigserial      NOT NULL,
        venues_id             uuid           NOT NULL,
        singer_profiles_id    uuid,
        submitted_by_users_id uuid,
        singer_name           text,
        artist                text           NOT NULL,
        title                 text           NOT NULL,
        key_change            integer        NOT NULL DEFAULT 0,
        notes                 text,
        song_fingerprint      text,
        -- A hash of the singer and of the key with which the client retries. A retry finds the request by it.
        submission_key        uuid,
        processed             boolean        NOT NULL DEFAULT false,
        requested_at          timestamptz(6) NOT NULL DEFAULT now(),
        processed_at          timestamptz(6),
        created_at            timestamptz(6) NOT NULL DEFAULT now(),
        updated_at            timestamptz(6) NOT NULL DEFAULT now(),
        CONSTRAINT requests_pkey PRIMARY KEY (requests_id),
        CONSTRAINT requests_venues_id_fkey FOREIGN KEY (venues_id)
          REFERENCES venues (venues_id) ON DELETE CASCADE ON UPDATE CASCADE,
        CONSTRAINT requests_singer_profiles_id_fkey FOREIGN KEY (singer_profiles_id)
          REFERENCES singer_profiles (singer_profiles_id) ON DELETE SET NULL ON UPDATE CASCADE,
        CONSTRAINT requests_submitted_by_users_id_fkey FOREIGN KEY (submitted_by_users_id)
          REFERENCES users (users_id) ON DELETE SET NULL ON UPDATE CASCADE
      );
      CREATE INDEX idx_requests_venue_processed ON requests (venues_id, processed);
      CREATE INDEX requests_venues_id_requested_at_idx ON requests (venues_id, requested_at);
      CREATE UNIQUE INDEX requests_venues_id_submission_key_key ON requests (venues_id, submission_key)
        WHERE submission_key IS NOT NULL;
      CREATE INDEX requests_singer_profiles_id_idx ON requests (singer_profiles_id);
      CREATE INDEX requests_submitted_by_users_id_idx ON requests (submitted_by_users_id);
    `);

    await queryRunner.query(`
      CREATE TABLE singer_favorite_songs (
        singer_favorite_songs_id uuid           NOT NULL DEFAULT gen_random_uuid(),
        singer_profiles_id       uuid           NOT NULL,
        artist                   text,
        title                    text,
        key_change               integer        NOT NULL DEFAULT 0,
        metadata                 jsonb                   DEFAULT '{}',
        created_at               timestamptz(6) NOT NULL DEFAULT now(),
        updated_at               timestamptz(6) NOT NULL DEFAULT now(),
        CONSTRAINT singer_favorite_songs_pkey PRIMARY KEY (singer_favorite_songs_id),
        -- NULLS NOT DISTINCT: a song without artist or title must be unique too.
        CONSTRAINT singer_favorite_songs_singer_profiles_id_artist_title_key_c_key
          UNIQUE NULLS NOT DISTINCT (singer_profiles_id, artist, title, key_change),
        CONSTRAINT singer_favorite_songs_singer_profiles_id_fkey FOREIGN KEY (singer_profiles_id)
          REFERENCES singer_profiles (singer_profiles_id) ON DELETE CASCADE ON UPDATE CASCADE
      );

      CREATE TABLE singer_favorite_venues (
        singer_profiles_id uuid           NOT NULL,
        venues_id          uuid           NOT NULL,
        created_at         timestamptz(6) NOT NULL DEFAULT now(),
        CONSTRAINT singer_favorite_venues_pkey PRIMARY KEY (singer_profiles_id, venues_id),
        CONSTRAINT singer_favorite_venues_singer_profiles_id_fkey FOREIGN KEY (singer_profiles_id)
          REFERENCES singer_profiles (singer_profiles_id) ON DELETE CASCADE ON UPDATE CASCADE,
        CONSTRAINT singer_favorite_venues_venues_id_fkey FOREIGN KEY (venues_id)
          REFERENCES venues (venues_id) ON DELETE CASCADE ON UPDATE CASCADE
      );
      CREATE INDEX singer_favorite_venues_venues_id_idx ON singer_favorite_venues (venues_id);

      CREATE TABLE singer_request_history (
        singer_request_history_id uuid           NOT NULL DEFAULT gen_random_uuid(),
        singer_profiles_id        uuid           NOT NULL,
        venues_id                 uuid           NOT NULL,
        artist                    text           NOT NULL,
        title                     text           NOT NULL,
        key_change                integer        NOT NULL DEFAULT 0,
        requested_at              timestamptz(6) NOT NULL DEFAULT now(),
        song_fingerprint          text           NOT NULL,
        created_at                timestamptz(6) NOT NULL DEFAULT now(),
        updated_at                timestamptz(6) NOT NULL DEFAULT now(),
        CONSTRAINT singer_request_history_pkey PRIMARY KEY (singer_request_history_id),
        CONSTRAINT singer_request_history_singer_profiles_id_fkey FOREIGN KEY (singer_profiles_id)
          REFERENCES singer_profiles (singer_profiles_id) ON DELETE CASCADE ON UPDATE CASCADE,
        CONSTRAINT singer_request_history_venues_id_fkey FOREIGN KEY (venues_id)
          REFERENCES venues (venues_id) ON DELETE CASCADE ON UPDATE CASCADE
      );
      CREATE INDEX idx_singer_request_history_profile
        ON singer_request_history (singer_profiles_id, requested_at DESC);
      -- The index alone, without the rows, is enough to count the most requested songs.
      CREATE INDEX singer_request_history_venues_id_requested_at_idx
        ON singer_request_history (venues_id, requested_at) INCLUDE (song_fingerprint);
      CREATE INDEX singer_request_history_requested_at_idx ON singer_request_history (requested_at);
      CREATE INDEX singer_request_history_song_fingerprint_requested_at_idx
        ON singer_request_history (song_fingerprint, requested_at);
      -- The index alone is enough for the search to count the requests of a song at each venue.
      CREATE INDEX idx_singer_request_history_song
        ON singer_request_history (song_fingerprint, venues_id);
    `);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      DROP TABLE singer_request_history, singer_favorite_venues, singer_favorite_songs, requests
    `);
  }
}
