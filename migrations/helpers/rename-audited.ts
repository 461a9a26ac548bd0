import type { QueryRunner } from 'typeorm';

/**
 * Renames a column of an audited table, so that its history goes on under the new name: in a migration, in
 * place of `ALTER TABLE … RENAME COLUMN`. `down()` renames it back.
 *
 * The table is named as in SQL: `song_notes`, `crm.leads`, `"SongNotes"`; the columns as they are.
 */
export async function renameAudited(
  queryRunner: QueryRunner,
  table: string,
  from: string,
  to: string,
): Promise<void> {
  await queryRunner.query('SELECT audit.rename_column($1::regclass, $2, $3)', [table, from, to]);
}

/**
 * Renames an audited table, so that its history goes on under the new name: in place of `ALTER TABLE …
 * RENAME TO`. Both names are written as in SQL; with a schema before the new one, the table moves there.
 */
export async function renameAuditedTable(
  queryRunner: QueryRunner,
  from: string,
  to: string,
): Promise<void> {
  await queryRunner.query('SELECT audit.rename_table($1::regclass, $2)', [from, to]);
}
