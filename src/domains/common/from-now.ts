import { InvalidLifetimeError } from './errors/invalid-lifetime.error.js';

/** A hundred years in milliseconds. A larger value is a mistake, such as a timestamp in place of a lifetime. */
const longest = 100 * 365.25 * 24 * 60 * 60 * 1000;

/**
 * Converts milliseconds to an SQL interval.
 *
 * @throws InvalidLifetimeError
 */
export function intervalOf(milliseconds: number): string {
  if (!(Number.isFinite(milliseconds) && milliseconds > 0 && milliseconds <= longest)) {
    throw new InvalidLifetimeError(milliseconds);
  }
  return `interval '${(milliseconds / 1000).toFixed(3)} seconds'`;
}

/**
 * The SQL of the time that is this many milliseconds from now, as a value of an INSERT or an UPDATE.
 *
 * It uses the database's clock, as all comparisons do, because the clocks of application servers differ.
 *
 * @throws InvalidLifetimeError
 */
export function fromNow(milliseconds: number): () => string {
  const interval = intervalOf(milliseconds);
  return () => `now() + ${interval}`;
}
