import { escapeIdentifier, escapeLiteral } from 'pg';
import type { ReadableTable } from './audited-table.js';

/** SQL of the record id of a row `t`, as the trigger would write it. */
export function recordIdOf({ recordIdOfRow }: ReadableTable): string {
  return recordIdOfRow;
}

/**
 * A condition on a row `t` by its record id, which is a text. It also compares the key columns that are not
 * redacted, so that PostgreSQL can use the index of the primary key.
 */
export function findRow(table: ReadableTable, recordId = '$1'): string {
  const { keyColumns, keyTypes, redactedColumns } = table;
  const ofPart = (column: string) =>
    keyColumns.length === 1
      ? `${recordId}::text`
      : `(${recordId}::text::jsonb->>${escapeLiteral(column)})`;
  const byKey = keyColumns
    .map((column, index) => ({ column, type: keyTypes[index]! }))
    .filter(({ column }) => !redactedColumns.includes(column))
    .map(({ column, type }) => `t.${escapeIdentifier(column)} = ${ofPart(column)}::${type}`);
  // Equal keys may be written differently, such as 1.5 and 1.50. They have different record ids.
  return [...byKey, `${recordIdOf(table)} COLLATE "C" = ${recordId}::text`].join(' AND ');
}

/**
 * A condition on a row `t` whose record id changes from one to another. When the key of a parent row was put
 * back, `ON UPDATE CASCADE` may already have changed a part of this row's key.
 */
export function findMovingRow(table: ReadableTable, from: string, to: string): string {
  const isBetween =
    table.keyColumns.length === 1
      ? `${findRow(table, from)} OR ${findRow(table, to)}`
      : table.keyColumns
          .map((column) => {
            const values = [from, to].map((id) => `${id}::text::jsonb->>${escapeLiteral(column)}`);
            return `${keyPart(table, column)} IN (${values.join(', ')})`;
          })
          .join(' AND ');
  return `(t.tableoid, t.ctid) = (
    SELECT t.tableoid, t.ctid FROM ${table.relation} t
    WHERE ${isBetween} ORDER BY ${recordIdOf(table)} = ${from}::text DESC LIMIT 1)`;
}

/** SQL of one part of the record id of a row `t`, as the trigger would write it. */
function keyPart(table: ReadableTable, column: string): string {
  return table.keyColumns.length === 1
    ? recordIdOf(table)
    : `((${recordIdOf(table)})::jsonb->>${escapeLiteral(column)})`;
}
