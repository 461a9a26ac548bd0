import { DatabaseError } from './database.error.js';

/** How many rows to take, or how often or long to try, is no number that makes sense. The database was not asked. */
export class InvalidCountError extends DatabaseError {
  readonly code = 'INVALID_COUNT';

  constructor(
    readonly option: string,
    readonly count: unknown,
    least: number,
    most: number,
  ) {
    super(
      `A ${option} of ${String(count)} is not valid. Give a whole number from ${least} to ${most}.`,
    );
  }
}
