/**
 * The base class of every error that this package throws.
 *
 * `code` is stable: match on it, never on the message. The message says what happened and what to do.
 */
export abstract class DatabaseError extends Error {
  abstract readonly code: string;

  constructor(message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = new.target.name;
  }
}
