/** What stands in an image in place of a sensitive value. */
export const redactionMarker = '[redacted]';

/** What stands in an image in place of personal data that was erased. */
export const erasureMarker = '[erased]';

/** What stands in an image in place of a value that PostgreSQL could not store there, before its digest. */
export const tooLargeMarker = '[too large] sha256:';

export function isTooLarge(value: unknown): boolean {
  return typeof value === 'string' && value.startsWith(tooLargeMarker);
}
