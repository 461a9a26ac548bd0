import { DatabaseError } from './database.error.js';

/** A filter was given without a value, and would have let everything through. The database was not asked. */
export class MissingFilterError extends DatabaseError {
  readonly code = 'MISSING_FILTER';

  constructor(readonly filter: string) {
    super(
      `The filter "${filter}" is undefined or null. Give it a value, or leave it out to do without the filter.`,
    );
  }
}
