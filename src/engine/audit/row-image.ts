import { isSafeNumber, parse } from 'lossless-json';
import type { JsonObject } from '../common/json.js';
import type { AuditedTable } from './audited-table.js';

/** A row as the trail keeps it, by column name. */
export type RowImage = JsonObject;

/**
 * Reads an image without losing a digit: `bigint` and `numeric` columns become decimal strings, as the
 * entities have them, and so does any other number that a JavaScript number cannot hold.
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
