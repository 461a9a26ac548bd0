/**
 * Converts the letters A to Z to lower case, and leaves every other character as it is.
 *
 * `toLowerCase()` and PostgreSQL's `lower()` follow Unicode, which also maps other letters to ASCII: the Kelvin
 * sign to `k`, and a Turkish `İ` possibly to `i`. Two names that differ elsewhere would become equal here.
 */
export function foldAscii(text: string): string {
  return text.replace(/[A-Z]+/g, (capitals) => capitals.toLowerCase());
}

/** SQL that computes `foldAscii()`: with the collation `C`, `lower()` converts A to Z only, in any locale. */
export function foldedAscii(sql: string): string {
  return `lower((${sql}) COLLATE "C")`;
}
