import { DatabaseError } from '../common/errors/database.error.js';

/** An actor that is neither a user's UUID nor a name. Refused before anything reaches the database. */
export class MalformedActorError extends DatabaseError {
  readonly code = 'MALFORMED_ACTOR';

  constructor(problem: string, remedy = '') {
    super(
      `${problem} An actor is { userId } with a UUID (users.users_id), or { name } with the name of a job, ` +
        `command or service of up to 200 characters.${remedy}`,
    );
  }
}
