import { InvalidLifetimeError } from './errors/invalid-lifetime.error.js';

/** A hundred years in milliseconds. More is a mistake, such as a time in place of a lifetime. */
const longest = 100 * 365.25 * 24 * 60 * 60 * 1000;

/**
 * The SQL of a number of milliseconds.
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
 * The SQL of the time that lies a number of milliseconds ahead, for a value of an INSERT or an UPDATE.
 *
 * By the database's clock, as is every comparison with it: the clocks of several application servers
 * differ.
 *
 * @throws InvalidLifetimeError
 */
export function fromNow(milliseconds: number): () => string {
  const interval = intervalOf(milliseconds);
  return () => `now() + ${interval}`;
}
