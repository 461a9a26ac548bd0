import { createHash } from 'node:crypto';

/** The SHA-256 of a value's JSON. The order of fields does not count. Bytes are hashed as they are. */
export function fingerprintOf(value: unknown): Buffer {
  const content = value instanceof Uint8Array ? value : (JSON.stringify(value, inOrder) ?? '');
  return createHash('sha256').update(content).digest();
}

function inOrder(_key: string, value: unknown): unknown {
  if (typeof value === 'bigint') return String(value);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}
