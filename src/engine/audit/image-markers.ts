/** The text that replaces a sensitive value in an image. */
export const redactionMarker = '[redacted]';

/** The text that replaces erased personal data in an image. */
export const erasureMarker = '[erased]';

/**
 * The start of the text that replaces a value which PostgreSQL could not store in an image. The digest of the
 * value follows.
 */
export const tooLargeMarker = '[too large] sha256:';

export function isTooLarge(value: unknown): boolean {
  return typeof value === 'string' && value.startsWith(tooLargeMarker);
}
