/** Escapes the characters that `LIKE` and `ILIKE` take for wildcards. */
export function escapeLike(text: string): string {
  return text.replaceAll(/[\\%_]/g, '\\$&');
}

/** The pattern of `LIKE` or `ILIKE` for values that contain a text. */
export function containing(text: string): string {
  return `%${escapeLike(text)}%`;
}
