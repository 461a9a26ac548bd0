import type { AuditedTable } from '../audited-table.js';
import type { AuditedTables } from '../audited-tables.js';
import { parseImage } from '../image.js';
import type { ForeignKey, ForeignKeys } from './foreign-keys.js';
import type { Pending } from './pending.js';

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

/**
 * Counters that were inserted, and stay where the insert is undone: the next one would begin again. One
 * that counts for a row that goes as well goes with it.
 */
export function countersThatStay(
  pending: readonly Pending[],
  foreignKeys: ForeignKeys,
): ReadonlySet<Pending> {
  const deleted = pending.filter(({ action }) => action === 'delete');
  const goesToo = (counter: Pending) =>
    foreignKeys.of(counter.table.name).some(({ parent, parentColumns, childColumns }) =>
      deleted.some(({ table, current }) => {
        if (table.name !== parent) return false;
        const [row, parentRow] = [parseImage(counter.current)!, parseImage(current)!];
        return childColumns.every(
          (child, index) => row[child] === parentRow[parentColumns[index]!],
        );
      }),
    );
  return new Set(deleted.filter((one) => isCounter(one.table) && !goesToo(one)));
}
