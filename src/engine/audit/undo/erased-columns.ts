import type { EntityManager } from 'typeorm';
import type { AuditedTable } from '../audited-table.js';

/** Columns of a table that an erasure of personal data went over, under the names of today. */
export async function erasedColumns(
  manager: EntityManager,
  { periods }: AuditedTable,
): Promise<string[]> {
  const rows = await manager.query<{ name: string }[]>(
    `SELECT DISTINCT jsonb_array_elements_text(new_data->'columns') AS name FROM audit_logs
     WHERE table_name = ANY ($1) AND record_id IS NULL AND operation = 'ERASE'`,
    [[...new Set(periods.map(({ name }) => name))]],
  );
  // An erasure names columns as the entries do that it went over, whenever it was.
  const names = rows.flatMap(({ name }) => [
    name,
    ...periods.flatMap(({ columns }) => columns.get(name) ?? []),
  ]);
  return [...new Set(names)];
}
