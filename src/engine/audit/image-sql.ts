import { escapeLiteral } from 'pg';
import type { ReadableTable } from './audited-table.js';
import { erasureMarker, redactionMarker } from './image-markers.js';

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
