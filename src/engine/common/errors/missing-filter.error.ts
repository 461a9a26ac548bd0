import { DatabaseError } from './database.error.js';

/** A filter is undefined or null, and would have matched every row. No query was run. */
export class MissingFilterError extends DatabaseError {
  readonly code = 'MISSING_FILTER';

  constructor(readonly filter: string) {
    super(
      `The filter "${filter}" is undefined or null. Give it a value, or leave it out to do without the filter.`,
    );
  }
}
