import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * The answers of operations that clients may retry. They are not audited: the trail records what the operations
 * wrote.
 */
export class IdempotencyKeys1764000017000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      CREATE TABLE audit.idempotency_keys (
        -- The SHA-256 of the actor, the route, the scope and the key.
        idempotency_keys_id bytea          NOT NULL,
        -- The user whom the answer is about, to erase it with the user's data.
        user_id             text           COLLATE "C",
        route               text           NOT NULL,
        -- The SHA-256 of what the client sent.
        fingerprint         bytea          NOT NULL,
        -- JSON. Null until the handler ends, which only its own transaction sees.
        answer              text,
        created_at          timestamptz(6) NOT NULL DEFAULT now(),
        expires_at          timestamptz(6) NOT NULL,
        CONSTRAINT idempotency_keys_pkey PRIMARY KEY (idempotency_keys_id)
      );
      CREATE INDEX idempotency_keys_expires_at_idx ON audit.idempotency_keys (expires_at);

      INSERT INTO audit.working_tables VALUES ('audit.idempotency_keys');
    `);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      DELETE FROM audit.working_tables WHERE table_name = 'audit.idempotency_keys';
      DROP TABLE audit.idempotency_keys;
    `);
  }
}
