import type { QueryRunner } from 'typeorm';

export interface AuditTableOptions {
  /** Columns whose values must not reach the trail: it shows `"[redacted]"` instead. Default: none. */
  redact?: readonly string[];
}

/**
 * Gives a table of the application's own the triggers that record its writes, in the application's
 * migration. Call it again in a later migration that changes the table's columns, its key, or what is
 * redacted.
 *
 * The table is named as in SQL: `song_notes`, `crm.leads`, `"SongNotes"`. It needs a primary key.
 */
export async function auditTable(
  queryRunner: QueryRunner,
  table: string,
  { redact = [] }: AuditTableOptions = {},
): Promise<void> {
  await queryRunner.query('SELECT audit.attach($1::regclass, $2)', [table, redact]);
}

/**
 * Takes the triggers away again: in `down()`, before the table is dropped. What was recorded stays in
 * the trail.
 */
export async function unauditTable(queryRunner: QueryRunner, table: string): Promise<void> {
  await queryRunner.query('SELECT audit.detach($1::regclass)', [table]);
}
