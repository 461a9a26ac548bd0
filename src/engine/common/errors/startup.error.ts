import { inspect } from 'node:util';
import { DatabaseError } from './database.error.js';

/**
 * An error that ends start-up. Its remedy lies outside the code, so it has neither a stack nor a cause, and
 * prints as its message alone.
 */
export abstract class StartupError extends DatabaseError {
  constructor(message: string) {
    super(message);
    this.stack = `${this.name}: ${message}`;
  }

  /**
   * Makes `console.error(error)` print the message alone, also when TypeORM's command line calls it.
   *
   * @internal
   */
  [inspect.custom](): string {
    return this.message;
  }
}
