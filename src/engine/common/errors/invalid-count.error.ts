import { DatabaseError } from './database.error.js';

/** A limit, a size, a number of attempts or a duration is not a whole number in its range. No query was run. */
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
