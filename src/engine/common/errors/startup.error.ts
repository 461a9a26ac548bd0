import { inspect } from 'node:util';
import { DatabaseError } from './database.error.js';

/**
 * An error that ends start-up. Its remedy lies outside the code, so that it carries neither a stack nor
 * a cause: whoever prints it shows one clear statement.
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
