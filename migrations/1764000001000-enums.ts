import type { MigrationInterface, QueryRunner } from 'typeorm';

export class Enums1764000001000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      CREATE TYPE branding_owner_type AS ENUM ('platform', 'customer')
    `);
    await queryRunner.query(`
      CREATE TYPE branding_status AS ENUM ('active', 'suspended', 'revoked')
    `);
    await queryRunner.query(`
      CREATE TYPE organization_user_status AS ENUM ('invited', 'active', 'suspended', 'revoked')
    `);
    await queryRunner.query(`
      CREATE TYPE api_key_status AS ENUM ('active', 'revoked', 'expired', 'suspended')
    `);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      DROP TYPE api_key_status, organization_user_status, branding_status, branding_owner_type
    `);
  }
}
