import type { AuditedTable } from './audited-table.js';
import { erasureMarker, redactionMarker } from './image.js';

/** What the trail calls a table: its own name in public, with its schema elsewhere. */
export function recordedName(relation: string): string {
  return `(SELECT CASE WHEN nspname = 'public' THEN relname::text ELSE nspname || '.' || relname END
    FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace WHERE pg_class.oid = ${relation})`;
}

/** A name as SQL takes any. */
export function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** A text as a literal, whatever `standard_conforming_strings` says. */
function literal(text: string): string {
  const plain = text.replaceAll("'", "''");
  return plain.includes('\\') ? `E'${plain.replaceAll('\\', '\\\\')}'` : `'${plain}'`;
}

/** The image of a row `t` as the trigger would write it. */
export function currentImage({ image }: AuditedTable): string {
  return `(${image})`;
}

/** An image, by its SQL, without what would not fit into a row of the table. */
export function readable({ opaqueColumns }: AuditedTable, image: string): string {
  return opaqueColumns.reduce((rest, column) => `${rest} - ${literal(column)}`, `${image}::jsonb`);
}

/** A query of the row that an image says, by the table's columns; another image's values may take the place of some. */
export function rowOf(table: AuditedTable, image: string, instead?: string): string {
  const known = readable(table, image);
  const whole = instead === undefined ? known : `(${known}) || ${instead}::jsonb`;
  return table.rowOfImage.replaceAll(/%1\$s|%%/g, (mark) => (mark === '%%' ? '%' : whole));
}

/** A part of the record id of a row `t` as the trigger would write it. */
function keyPart(table: AuditedTable, column: string): string {
  return table.keyColumns.length === 1
    ? recordIdOf(table)
    : `((${recordIdOf(table)})::jsonb->>${literal(column)})`;
}

/** The record id of a row `t` as the trigger would write it. */
export function recordIdOf({ recordIdOfRow }: AuditedTable): string {
  return recordIdOfRow;
}

/** A condition on a row `t` whose record id is a text; through the primary key where it can. */
export function findRow(table: AuditedTable, recordId = '$1'): string {
  const [key, ...others] = table.keyColumns;
  const isPlain = others.length === 0 && !table.redactedColumns.includes(key!);
  // A value that only equals the key, such as 1.5 where it is 1.50, is another record's.
  const isIt = `${recordIdOf(table)} COLLATE "C" = ${recordId}::text`;
  return isPlain ? `t.${quoted(key!)} = ${recordId}::text::${table.keyTypes[0]} AND ${isIt}` : isIt;
}

/**
 * A condition on a row `t` on its way from one record id to another: a parent's key that was put back
 * may have taken a part of this row's key along.
 */
export function findMovingRow(table: AuditedTable, from: string, to: string): string {
  const isBetween =
    table.keyColumns.length === 1
      ? `${findRow(table, from)} OR ${findRow(table, to)}`
      : table.keyColumns
          .map((column) => {
            const values = [from, to].map((id) => `${id}::text::jsonb->>${literal(column)}`);
            return `${keyPart(table, column)} IN (${values.join(', ')})`;
          })
          .join(' AND ');
  return `(t.tableoid, t.ctid) = (
    SELECT t.tableoid, t.ctid FROM ${table.relation} t
    WHERE ${isBetween} ORDER BY ${recordIdOf(table)} = ${from}::text DESC LIMIT 1)`;
}

/**
 * Whether a row `t` is what the image in a parameter says. Only the columns that both have count: one
 * may have been added or dropped since the image was made. They are compared as text, because in JSON
 * 1.5 equals 1.50.
 */
export function isAsIn(table: AuditedTable, image: string): string {
  return agrees(table, image, 'false');
}

/**
 * The same, where the image need not tell all: a personal value may have been erased from it, and a
 * secret that it only hints at may have been lost when an undo inserted the row again.
 */
export function mayBeAsIn(
  table: AuditedTable,
  image: string,
  erasedColumns: readonly string[],
): string {
  const list = (columns: readonly string[]) =>
    columns.map((column) => literal(column)).join(', ') || 'NULL';
  return agrees(
    table,
    image,
    `(wanted.value = '"${erasureMarker}"' AND key IN (${list(erasedColumns)}))
     OR (wanted.value = '"${redactionMarker}"' AND now.value = 'null'
         AND key IN (${list(table.redactedColumns)}))`,
  );
}

function agrees(table: AuditedTable, image: string, isUnknown: string): string {
  return `(${image}::jsonb IS NOT NULL AND NOT EXISTS (
    SELECT FROM jsonb_each(${currentImage(table)}) AS now (key, value)
    JOIN jsonb_each(${image}::jsonb) AS wanted (key, value) USING (key)
    WHERE now.value::text <> wanted.value::text AND (${isUnknown}) IS NOT TRUE))`;
}
