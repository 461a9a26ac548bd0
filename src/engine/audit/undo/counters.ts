import type { AuditedTable } from '../audited-table.js';
import type { AuditedTables } from '../audited-tables.js';
import type { ForeignKey } from './foreign-keys.js';

/**
 * Whether a table is a counter: all its writable columns are forward-only, apart from its key and from
 * incidental ones.
 */
export function isCounter({
  keyColumns,
  writableColumns,
  forwardOnlyColumns,
  incidentalColumns,
}: AuditedTable): boolean {
  const others = writableColumns.filter(
    (column) => !keyColumns.includes(column) && !incidentalColumns.includes(column),
  );
  return others.length > 0 && others.every((column) => forwardOnlyColumns.includes(column));
}

/**
 * Whether a foreign key is that of a counter, and deletes the counter's rows together with the row that they
 * refer to.
 */
export async function goesAlong(
  tables: AuditedTables,
  { child, cascades }: ForeignKey,
): Promise<boolean> {
  const table = cascades ? (await tables.load([child])).get(child) : undefined;
  return table !== undefined && isCounter(table);
}
