import { createHash } from 'node:crypto';

/**
 * The id of a seeded row, made of its name: every database that is seeded has the same ids, so that a customer can
 * move from one to another. A UUID of version 8 (RFC 9562), which may be made in any way.
 */
export function seededId(table: string, name: string): string {
  const hash = createHash('sha256').update(`singr ${table} ${name}`).digest();
  hash[6] = (hash[6]! & 0x0f) | 0x80;
  hash[8] = (hash[8]! & 0x3f) | 0x80;
  const hex = hash.toString('hex');
  const parts = [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20)];
  return [...parts, hex.slice(20, 32)].join('-');
}
