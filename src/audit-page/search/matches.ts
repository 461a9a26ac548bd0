/** The greatest number of records that a search looks for in each table, and among former values. */
export const mostMatches = 100;

/** A value of a match is cut to this length. */
const longest = 200;

export function cut(value: string): string {
  return value.length > longest ? `${value.slice(0, longest - 1)}…` : value;
}
