import { InvalidCountError } from './errors/invalid-count.error.js';

/** More rows than this in one go hold their locks for too long, and do not fit into memory. */
const mostRows = 1_000_000;

/** @throws InvalidCountError unless `count` is a whole number of a size that makes sense */
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
