import { InvalidCountError } from './errors/invalid-count.error.js';

/**
 * The default maximum. One statement with more rows would hold its locks for too long, and not fit into
 * memory.
 */
const mostRows = 1_000_000;

/** @throws InvalidCountError unless `count` is a whole number from `least` to `most` */
export function checkCount(
  option: string,
  count: number,
  { least = 1, most = mostRows } = {},
): number {
  if (!(Number.isInteger(count) && count >= least && count <= most)) {
    throw new InvalidCountError(option, count, least, most);
  }
  return count;
}
