import type { EntityManager } from 'typeorm';
import type { AuditedTable } from '../audited-table.js';

/** The columns of a table in which an erasure replaced personal data, by current and by recorded names. */
export async function erasedColumns(
  manager: EntityManager,
  { periods }: AuditedTable,
): Promise<string[]> {
  const rows = await manager.query<{ name: string }[]>(
    `SELECT DISTINCT jsonb_array_elements_text(new_data->'columns') AS name FROM audit_logs
     WHERE table_name = ANY ($1) AND record_id IS NULL AND operation = 'ERASE'`,
    [[...new Set(periods.map(({ name }) => name))]],
  );
  // An erasure lists columns by the names that its entries have, which may be former names.
  const names = rows.flatMap(({ name }) => [
    name,
    ...periods.flatMap(({ columns }) => columns.get(name) ?? []),
  ]);
  return [...new Set(names)];
}
