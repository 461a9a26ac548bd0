import { createHash } from 'node:crypto';
import type { EntityMetadata } from 'typeorm';
import { isUuid } from '../common/uuid.js';
import type { AuditedTable, RecordKey } from './audited-table.js';
import { InvalidRecordKeyError } from './errors.js';

/** A column of a key, and its value as text. */
export type KeyPart = readonly [column: string, value: string];

/**
 * The parts of a key, in the order of the table's key columns.
 *
 * @throws InvalidRecordKeyError when the key does not fit the table
 */
export function partsOfKey(
  table: AuditedTable,
  key: RecordKey,
  metadata: EntityMetadata | undefined,
): KeyPart[] {
  const isBare = typeof key === 'string' && table.keyColumns.length === 1;
  const given = typeof key === 'string' ? parseObject(key) : key;
  return table.keyColumns.map((column, index) => {
    const property = metadata?.findColumnWithDatabaseName(column)?.propertyName ?? column;
    const value = isBare ? key : (given?.[property] ?? given?.[column]);
    const text = keyText(value, table.keyTypes[index]!);
    if (text === undefined) throw invalidKey(table);
    return [column, text];
  });
}

/** Types whose equal values always have the same text, once `keyText()` has formatted them. */
const plainTypes = new Set(['uuid', 'smallint', 'integer', 'bigint', 'text', 'character varying']);

/** Whether equal keys of the table always have the same text. */
export function isSpeltInOneWay({ keyTypes }: AuditedTable): boolean {
  return keyTypes.every((type) => plainTypes.has(type));
}

export function invalidKey({ name, keyColumns, keyTypes }: AuditedTable): InvalidRecordKeyError {
  return new InvalidRecordKeyError(
    name,
    keyColumns.map((column, place) => `${column} (${keyTypes[place]})`),
  );
}

/**
 * The digest that the trigger writes for a redacted part of a key. A value that is a digest already is
 * returned as it is.
 */
export function digest(value: string): string {
  return /^sha256:[0-9a-f]{64}$/.test(value)
    ? value
    : `sha256:${createHash('sha256').update(value).digest('hex')}`;
}

const integerBits: Readonly<Record<string, number>> = { smallint: 16, integer: 32, bigint: 64 };

/** The text of a key part as PostgreSQL writes it; undefined if the value does not fit the type. */
function keyText(value: unknown, type: string): string | undefined {
  if (value === undefined || value === null || typeof value === 'object') return undefined;
  const text = String(value);
  if (type === 'uuid') return isUuid(text) ? text.toLowerCase() : undefined;
  const bits = integerBits[type];
  if (bits === undefined) return text.includes('\0') ? undefined : text;
  if (!/^-?\d{1,19}$/.test(text)) return undefined;
  const number = BigInt(text);
  return BigInt.asIntN(bits, number) === number ? number.toString() : undefined;
}

function parseObject(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}
