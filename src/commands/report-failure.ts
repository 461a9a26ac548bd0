import { DatabaseError } from '../engine/common/errors/database.error.js';
import { UsageError } from './command-line/usage-error.js';

/**
 * Prints why a command failed, and sets the exit code to 1. Errors of this package are printed as their
 * message, other errors with their stack.
 */
export function reportFailure(error: unknown): void {
  process.exitCode = 1;
  if (error instanceof DatabaseError || error instanceof UsageError) console.error(error.message);
  else console.error(error instanceof Error ? (error.stack ?? error.message) : error);
}
