import { DatabaseError } from './database.error.js';

/** How many rows to take, or how often to try, is not a whole number above zero. The database was not asked. */
export class InvalidCountError extends DatabaseError {
  readonly code = 'INVALID_COUNT';

  constructor(
    readonly option: string,
    readonly count: unknown,
    most: number,
  ) {
    super(`A ${option} of ${String(count)} is not valid. Give a whole number from 1 to ${most}.`);
  }
}
