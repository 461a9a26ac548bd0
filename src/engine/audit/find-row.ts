import { escapeIdentifier, escapeLiteral } from 'pg';
import type { ReadableTable } from './audited-table.js';

/** The record id of a row `t` as the trigger would write it. */
export function recordIdOf({ recordIdOfRow }: ReadableTable): string {
  return recordIdOfRow;
}

/** A condition on a row `t` whose record id is a text; through the primary key where it can. */
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
  // A value that only equals the key, such as 1.5 where it is 1.50, is another record's.
  return [...byKey, `${recordIdOf(table)} COLLATE "C" = ${recordId}::text`].join(' AND ');
}

/**
 * A condition on a row `t` on its way from one record id to another: a parent's key that was put back
 * may have taken a part of this row's key along.
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

/** A part of the record id of a row `t` as the trigger would write it. */
function keyPart(table: ReadableTable, column: string): string {
  return table.keyColumns.length === 1
    ? recordIdOf(table)
    : `((${recordIdOf(table)})::jsonb->>${escapeLiteral(column)})`;
}
