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

  /** What `console.error(error)` shows, also when it is TypeORM's command line that calls it. */
  [inspect.custom](): string {
    return this.message;
  }
}
