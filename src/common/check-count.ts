import { InvalidCountError } from './errors/invalid-count.error.js';

/** More rows than this in one go hold their locks for too long, and do not fit into memory. */
const most = 1_000_000;

/** @throws InvalidCountError unless `count` is a whole number above zero, of a size that makes sense */
export function checkCount(option: string, count: number): number {
  if (!(Number.isInteger(count) && count >= 1 && count <= most)) {
    throw new InvalidCountError(option, count, most);
  }
  return count;
}
