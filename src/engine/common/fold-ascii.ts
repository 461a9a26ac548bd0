/**
 * A text that names somebody or something, with its capitals A to Z in small letters and everything else as
 * it is. Unicode's own rules, which `toLowerCase()` and PostgreSQL's `lower()` follow, fold other letters
 * onto ASCII: the Kelvin sign is a `k` to them, and a Turkish `İ` may be an `i`. What is two names
 * elsewhere would be one here.
 */
export function foldAscii(text: string): string {
  return text.replace(/[A-Z]+/g, (capitals) => capitals.toLowerCase());
}

/** The same of a text's SQL: in the collation `C` `lower()` knows no other letters, whatever the locale. */
export function foldedAscii(sql: string): string {
  return `lower((${sql}) COLLATE "C")`;
}
