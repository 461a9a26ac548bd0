import type { QueryRunner } from 'typeorm';

export interface AuditTableOptions {
  /** Columns whose values must not reach the trail: it shows `"[redacted]"` instead. Default: none. */
  redact?: readonly string[];
  /** Incidental columns. An UPDATE that changes only these leaves no entry. Default: none. */
  incidental?: readonly string[];
  /**
   * The tenant of each row, which the trail keeps beside the row: the name of the column that has it, or the
   * column that refers to a row of another table, whose tenant it is. Default: the declared one, if any.
   */
  tenant?: string | TenantOfParent;
}

/** The tenant of a row is that of the row of another table that it refers to. */
export interface TenantOfParent {
  /** The column that refers to the other table. */
  column: string;
  /** The other table. Its tenant must be declared, and its primary key must have one column. */
  of: string;
}

/**
 * Adds the audit triggers to a table of the application, in a migration. A later migration that changes the
 * table's columns, its key, its tenant, or its redacted or incidental columns must call it again.
 *
 * The table is named as in SQL: `song_notes`, `crm.leads`, `"SongNotes"`. It needs a primary key.
 */
export async function auditTable(
  queryRunner: QueryRunner,
  table: string,
  { redact = [], incidental = [], tenant }: AuditTableOptions = {},
): Promise<void> {
  if (tenant !== undefined) await declareTenant(queryRunner, table, tenant);
  await queryRunner.query('SELECT audit.attach($1::regclass, $2, $3)', [table, redact, incidental]);
}

/**
 * Removes the audit triggers of a table, and the declaration of its tenant. Call it in `down()`, before the table
 * is dropped, and after `unisolateTable()`. Its entries stay in the trail.
 */
export async function unauditTable(queryRunner: QueryRunner, table: string): Promise<void> {
  await queryRunner.query(
    'SELECT audit.detach($1::regclass), audit.set_tenant($1::regclass, NULL)',
    [table],
  );
}

/** Declares the tenant of a table's rows. The table need not be audited. */
export async function declareTenant(
  queryRunner: QueryRunner,
  table: string,
  tenant: string | TenantOfParent,
): Promise<void> {
  const { column, of = null } = typeof tenant === 'string' ? { column: tenant } : tenant;
  await queryRunner.query('SELECT audit.set_tenant($1::regclass, $2, $3::regclass)', [
    table,
    column,
    of,
  ]);
}
