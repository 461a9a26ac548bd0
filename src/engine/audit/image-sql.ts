import { escapeLiteral } from 'pg';
import type { ReadableTable } from './audited-table.js';
import { erasureMarker, redactionMarker } from './image-markers.js';

/** SQL of the image of a row `t`, as the trigger would write it. */
export function currentImage({ image }: ReadableTable): string {
  return `(${image})`;
}

/** SQL of an image without the columns whose type cannot hold the redaction marker. */
export function readable({ opaqueColumns }: ReadableTable, image: string): string {
  return opaqueColumns.reduce(
    (rest, column) => `${rest} - ${escapeLiteral(column)}`,
    `${image}::jsonb`,
  );
}

/**
 * A query that turns an image into a row of the table. The values in the image `instead` replace those of
 * `image`.
 */
export function rowOf(table: ReadableTable, image: string, instead?: string): string {
  const known = readable(table, image);
  const whole = instead === undefined ? known : `(${known}) || ${instead}::jsonb`;
  return table.rowOfImage.replaceAll(/%1\$s|%%/g, (mark) => (mark === '%%' ? '%' : whole));
}

/**
 * A condition that a row `t` equals an image. Columns that only one of them has do not count: they were added
 * or dropped since the image was made.
 */
export function isAsIn(table: ReadableTable, image: string): string {
  return `(${image}::jsonb IS NOT NULL AND NOT EXISTS (SELECT ${differences(table, image, 'false')}))`;
}

/**
 * SQL of the names of the columns in which a row `t` differs from an image; empty if there is no image. Two
 * differences do not count: personal data that was erased from the image, and a redacted value that is null
 * now because an undo could not insert it.
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
 * A condition that two values of the column `key` are equal. An earlier type of the column may have written
 * the second one: 5 as "5" or as 5.00.
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
