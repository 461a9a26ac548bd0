import { DatabaseError } from '../engine/common/errors/database.error.js';
import { UsageError } from './command-line/usage-error.js';

/**
 * Says why a command failed, and makes the process end with 1: what this package threw by itself in its
 * own words, anything else with its stack.
 */
export function reportFailure(error: unknown): void {
  process.exitCode = 1;
  if (error instanceof DatabaseError || error instanceof UsageError) console.error(error.message);
  else console.error(error instanceof Error ? (error.stack ?? error.message) : error);
}
