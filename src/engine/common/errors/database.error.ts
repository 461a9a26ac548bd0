/**
 * The base of every error that this package throws by itself.
 *
 * `code` is stable: match on it, never on the message, which says what happened and what to do.
 */
export abstract class DatabaseError extends Error {
  abstract readonly code: string;

  constructor(message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = new.target.name;
  }
}
