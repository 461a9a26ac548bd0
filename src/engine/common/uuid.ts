const pattern = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/i;

/** Whether a value is a UUID in the format that PostgreSQL prints, in upper or lower case. */
export function isUuid(value: unknown): value is string {
  return typeof value === 'string' && pattern.test(value);
}

/** Whether two UUIDs are equal. PostgreSQL prints them in lower case, and accepts upper case too. */
export function isSameUuid(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase();
}
