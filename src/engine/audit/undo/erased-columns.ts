import type { EntityManager } from 'typeorm';
import type { AuditedTable } from '../audited-table.js';
import { trailOf } from '../renames.js';

/** Columns of a table that an erasure of personal data went over. */
export async function erasedColumns(
  manager: EntityManager,
  table: AuditedTable,
): Promise<string[]> {
  const rows = await manager.query<{ name: string }[]>(
    `SELECT DISTINCT jsonb_array_elements_text(new_data->'columns') AS name FROM ${trailOf(table)}
     WHERE table_name = $1 AND record_id IS NULL AND operation = 'ERASE'`,
    [table.name],
  );
  return rows.map(({ name }) => name);
}
