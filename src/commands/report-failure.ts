import { DatabaseError } from '../engine/common/errors/database.error.js';
import { isPrivilegeMissing } from './is-privilege-missing.js';
import { UsageError } from './command-line/usage-error.js';

/**
 * Prints why a command failed, and sets the exit code to 1. Errors of this package, and of a role without the
 * privilege, are printed as their message; other errors with their stack.
 */
export function reportFailure(error: unknown): void {
  process.exitCode = 1;
  if (error instanceof DatabaseError || error instanceof UsageError) console.error(error.message);
  else if (isPrivilegeMissing(error)) console.error(`${error.message}. ${asTheOwner}`);
  else console.error(error instanceof Error ? (error.stack ?? error.message) : error);
}

const asTheOwner =
  'The role of this connection may not do that. Run the command as the owner of the tables: set DATABASE_URL for it.';
