import { auditTable, unauditTable } from '@singr/database/migrations';
import type { QueryRunner } from 'typeorm';

/** How a migration of the application's own begins and ends: here it is only compiled. */
export class Notes1790000000000 {
  async up(queryRunner: QueryRunner): Promise<void> {
    await auditTable(queryRunner, 'notes', { redact: ['share_token'] });
  }
  async down(queryRunner: QueryRunner): Promise<void> {
    await unauditTable(queryRunner, 'notes');
  }
}
