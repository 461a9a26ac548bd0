import { DatabaseError } from '../common/errors/database.error.js';

/** Two purges have the same name. */
export class DuplicatePurgeError extends DatabaseError {
  readonly code = 'DUPLICATE_PURGE';

  constructor(name: string) {
    super(`The purge "${name}" is registered twice. Give each purge its own name.`);
  }
}
