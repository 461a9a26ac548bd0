import { createHash } from 'node:crypto';
import type { EntityMetadata } from 'typeorm';
import type { AuditedTable, RecordKey } from './audited-table.js';
import { InvalidRecordKeyError } from './errors.js';

/** A part of a key, as text. */
export type KeyPart = readonly [column: string, value: string];

/**
 * The parts of a key, in the order of the table's key columns.
 *
 * @throws InvalidRecordKeyError when the key is not this table's
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

/** Types whose values are spelt in one way, or are the same only where they are spelt alike. */
const plainTypes = new Set(['uuid', 'smallint', 'integer', 'bigint', 'text', 'character varying']);

/** Whether equal keys of the table are always spelt alike. */
export function isSpeltInOneWay({ keyTypes }: AuditedTable): boolean {
  return keyTypes.every((type) => plainTypes.has(type));
}

export function invalidKey({ name, keyColumns, keyTypes }: AuditedTable): InvalidRecordKeyError {
  return new InvalidRecordKeyError(
    name,
    keyColumns.map((column, place) => `${column} (${keyTypes[place]})`),
  );
}

/** As the trigger writes a secret part of a key. */
export function digest(value: string): string {
  return /^sha256:[0-9a-f]{64}$/.test(value)
    ? value
    : `sha256:${createHash('sha256').update(value).digest('hex')}`;
}

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
const integerBits: Readonly<Record<string, number>> = { smallint: 16, integer: 32, bigint: 64 };

/** A part of a key as PostgreSQL writes it; undefined for what is none of its type. */
function keyText(value: unknown, type: string): string | undefined {
  if (value === undefined || value === null || typeof value === 'object') return undefined;
  const text = String(value);
  if (type === 'uuid') return uuid.test(text) ? text.toLowerCase() : undefined;
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
