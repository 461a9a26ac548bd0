import type { QueryRunner } from 'typeorm';

export interface AuditTableOptions {
  /** Columns whose values must not reach the trail: it shows `"[redacted]"` instead. Default: none. */
  redact?: readonly string[];
  /** Incidental columns. An UPDATE that changes only these leaves no entry. Default: none. */
  incidental?: readonly string[];
}

/**
 * Adds the audit triggers to a table of the application, in a migration. A later migration that changes the
 * table's columns, its key, or its redacted or incidental columns must call it again.
 *
 * The table is named as in SQL: `song_notes`, `crm.leads`, `"SongNotes"`. It needs a primary key.
 */
export async function auditTable(
  queryRunner: QueryRunner,
  table: string,
  { redact = [], incidental = [] }: AuditTableOptions = {},
): Promise<void> {
  await queryRunner.query('SELECT audit.attach($1::regclass, $2, $3)', [table, redact, incidental]);
}

/**
 * Removes the audit triggers of a table. Call it in `down()`, before the table is dropped. Its entries stay in
 * the trail.
 */
export async function unauditTable(queryRunner: QueryRunner, table: string): Promise<void> {
  await queryRunner.query('SELECT audit.detach($1::regclass)', [table]);
}
