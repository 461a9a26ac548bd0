import { DatabaseError } from '../../../engine/common/errors/database.error.js';

/** The window of time is not valid. No query was run. */
export class InvalidWindowError extends DatabaseError {
  readonly code = 'INVALID_WINDOW';

  constructor() {
    super(
      'The window of time is not valid. Give a Date as `from`, and leave out `to` or give a Date that is not before it.',
    );
  }
}
