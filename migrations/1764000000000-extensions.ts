import type { MigrationInterface, QueryRunner } from 'typeorm';

export class Extensions1764000000000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`CREATE EXTENSION IF NOT EXISTS pgcrypto`);
    await queryRunner.query(`CREATE EXTENSION IF NOT EXISTS postgis`);
    await queryRunner.query(`CREATE EXTENSION IF NOT EXISTS pg_trgm`);
    await queryRunner.query(`CREATE EXTENSION IF NOT EXISTS unaccent`);
  }

  /**
   * Keeps the extensions: other schemas of the database may use them, and they may be older than this
   * migration.
   */
  async down(): Promise<void> {}
}
