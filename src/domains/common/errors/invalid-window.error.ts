import { DatabaseError } from '../../../engine/common/errors/database.error.js';

/** The window of time is not valid. No query was run. */
export class InvalidWindowError extends DatabaseError {
  readonly code = 'INVALID_WINDOW';

  constructor() {
    super(
      'A window of time begins with a valid Date, `from`, and ends at a valid Date not before it, `to`, or not at all.',
    );
  }
}
