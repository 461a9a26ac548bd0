import type { AuditedTable } from '../audited-table.js';
import type { AuditedTables } from '../audited-tables.js';
import type { ForeignKey } from './foreign-keys.js';

/** Whether the table's rows have nothing but what only moves forward, besides their keys. */
export function isCounter({
  keyColumns,
  writableColumns,
  forwardOnlyColumns,
}: AuditedTable): boolean {
  const others = writableColumns.filter((column) => !keyColumns.includes(column));
  return others.length > 0 && others.every((column) => forwardOnlyColumns.includes(column));
}

/** Whether the rows that refer by a foreign key are counters, and go with the row that they count for. */
export async function goesAlong(
  tables: AuditedTables,
  { child, cascades }: ForeignKey,
): Promise<boolean> {
  const table = cascades ? (await tables.load([child])).get(child) : undefined;
  return table !== undefined && isCounter(table);
}
