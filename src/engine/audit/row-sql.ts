import { escapeIdentifier, escapeLiteral } from 'pg';
import type { ReadableTable } from './audited-table.js';
import { erasureMarker, redactionMarker } from './image.js';

/** What the trail calls a table: its own name in public, with its schema elsewhere. */
export function recordedName(relation: string): string {
  return `(SELECT CASE WHEN nspname = 'public' THEN relname::text ELSE nspname || '.' || relname END
    FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace WHERE pg_class.oid = ${relation})`;
}

/** The image of a row `t` as the trigger would write it. */
export function currentImage({ image }: ReadableTable): string {
  return `(${image})`;
}

/** An image, by its SQL, without what would not fit into a row of the table. */
export function readable({ opaqueColumns }: ReadableTable, image: string): string {
  return opaqueColumns.reduce(
    (rest, column) => `${rest} - ${escapeLiteral(column)}`,
    `${image}::jsonb`,
  );
}

/** A query of the row that an image says, by the table's columns; another image's values may take the place of some. */
export function rowOf(table: ReadableTable, image: string, instead?: string): string {
  const known = readable(table, image);
  const whole = instead === undefined ? known : `(${known}) || ${instead}::jsonb`;
  return table.rowOfImage.replaceAll(/%1\$s|%%/g, (mark) => (mark === '%%' ? '%' : whole));
}

/** A part of the record id of a row `t` as the trigger would write it. */
function keyPart(table: ReadableTable, column: string): string {
  return table.keyColumns.length === 1
    ? recordIdOf(table)
    : `((${recordIdOf(table)})::jsonb->>${escapeLiteral(column)})`;
}

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

/**
 * Whether a row `t` is what the image in a parameter says. Only the columns that both have count: one
 * may have been added or dropped since the image was made.
 */
export function isAsIn(table: ReadableTable, image: string): string {
  return `(${image}::jsonb IS NOT NULL AND NOT EXISTS (SELECT ${differences(table, image, 'false')}))`;
}

/**
 * The names of the columns in which a row `t` is not what an image says: none where there is no image. A
 * personal value may have been erased from it, and a secret that it only hints at may have been lost when an
 * undo inserted the row again: those do not count.
 */
export function differingColumns(
  table: ReadableTable,
  image: string,
  erasedColumns: readonly string[] = [],
): string {
  return `ARRAY(SELECT key ${differences(
    table,
    image,
    `(wanted.value = '"${erasureMarker}"' AND key IN (${list(erasedColumns)}))
     OR (wanted.value = '"${redactionMarker}"' AND now.value = 'null'
         AND key IN (${list(table.redactedColumns)}))`,
  )})`;
}

/**
 * Whether two values of the column `key` are one, the second of which an earlier type of the column may have
 * written: 5 as "5" or as 5.00.
 */
export function isSameValue(table: ReadableTable, now: string, then: string): string {
  return `(${now}::text = ${then}::text OR CASE
      WHEN jsonb_typeof(${now}) <> jsonb_typeof(${then})
        THEN key IN (${list(table.plainColumns)}) AND ${now} #>> '{}' = ${then} #>> '{}'
      ELSE key IN (${list(table.numberColumns)}) AND ${now} = ${then} END IS TRUE)`;
}

function differences(table: ReadableTable, image: string, isUnknown: string): string {
  return `FROM jsonb_each(${currentImage(table)}) AS now (key, value)
    JOIN jsonb_each(${image}::jsonb) AS wanted (key, value) USING (key)
    WHERE NOT ${isSameValue(table, 'now.value', 'wanted.value')} AND (${isUnknown}) IS NOT TRUE`;
}

function list(columns: readonly string[]): string {
  return columns.map(escapeLiteral).join(', ') || 'NULL';
}
