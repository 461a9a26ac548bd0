import { DatabaseError } from '../../../engine/common/errors/database.error.js';

/** The lifetime is not a valid length of time. Nothing was written. */
export class InvalidLifetimeError extends DatabaseError {
  readonly code = 'INVALID_LIFETIME';

  constructor(readonly lifetime: unknown) {
    super(
      `A lifetime of ${String(lifetime)} is not valid. Give milliseconds: a positive number of up to a hundred years.`,
    );
  }
}
