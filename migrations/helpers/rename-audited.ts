import type { QueryRunner } from 'typeorm';

/**
 * Renames a column of an audited table, so that its history continues under the new name. Call it in a migration,
 * in place of `ALTER TABLE … RENAME COLUMN`. `down()` renames it back.
 *
 * The table is named as in SQL: `song_notes`, `crm.leads`, `"SongNotes"`. Column names are not quoted.
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
 * Renames an audited table, so that its history continues under the new name. Call it in place of `ALTER TABLE …
 * RENAME TO`. Both names are written as in SQL. If the new name has a schema, the table moves there.
 */
export async function renameAuditedTable(
  queryRunner: QueryRunner,
  from: string,
  to: string,
): Promise<void> {
  await queryRunner.query('SELECT audit.rename_table($1::regclass, $2)', [from, to]);
}
