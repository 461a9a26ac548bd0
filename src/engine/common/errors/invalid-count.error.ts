import { DatabaseError } from './database.error.js';

/**
 * How many to take, how large something may be, how often to try or how long to wait is no whole number of a
 * size that makes sense. The database was not asked.
 */
export class InvalidCountError extends DatabaseError {
  readonly code = 'INVALID_COUNT';

  constructor(
    readonly option: string,
    readonly count: unknown,
    least: number,
    most: number,
  ) {
    super(
      `The ${option} is ${String(count)}, which is not valid. Give a whole number from ${least} to ${most}.`,
    );
  }
}
