import { DatabaseError } from './database.error.js';

/**
 * A text that PostgreSQL cannot store: it has a zero byte or, inside JSON, a lone surrogate. Nothing was
 * written.
 */
export class InvalidTextError extends DatabaseError {
  readonly code = 'INVALID_TEXT';

  constructor(readonly field: string) {
    super(
      `PostgreSQL cannot hold a character in "${field}": a zero byte or, inside JSON, half a surrogate pair. ` +
        'Leave it out, or refuse the input.',
    );
  }
}
