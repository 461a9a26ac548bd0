import { DatabaseError } from './database.error.js';

/** A text that PostgreSQL cannot hold: it has none with a zero byte. Nothing was written. */
export class InvalidTextError extends DatabaseError {
  readonly code = 'INVALID_TEXT';

  constructor(readonly field: string) {
    super(
      `The text "${field}" has a zero byte, which no text in PostgreSQL has. Leave it out, or refuse the input.`,
    );
  }
}
