import { isSafeNumber, parse } from 'lossless-json';
import type { JsonObject } from '../common/json.js';
import type { AuditedTable } from './audited-table.js';

/** The image of a row in the trail, by column name. */
export type RowImage = JsonObject;

/**
 * Parses an image without losing a digit. Values of `bigint` and `numeric` columns become decimal strings, as
 * in the entities, and so does any other number that a JavaScript number cannot hold.
 */
export function parseImage(text: string | null, table?: AuditedTable): RowImage | null {
  if (text === null) return null;
  const image = parse(text, undefined, (digits) =>
    isSafeNumber(digits) ? Number(digits) : digits,
  ) as RowImage;
  for (const column of table?.bigintColumns ?? []) {
    if (typeof image[column] === 'number') image[column] = String(image[column]);
  }
  return image;
}
