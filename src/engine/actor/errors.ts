import { DatabaseError } from '../common/errors/database.error.js';

/** An actor that has neither a user's id nor a valid name. No query was run. */
export class MalformedActorError extends DatabaseError {
  readonly code = 'MALFORMED_ACTOR';

  constructor(problem: string, remedy = '') {
    super(
      `${problem} An actor is { userId } with the id of a user, or { name } with the name of a job, ` +
        `command or service, each a text of up to 200 characters.${remedy}`,
    );
  }
}

/** `ActorContext.set()` was called outside every request, message and `ActorContext.run()`. */
export class NoActorContextError extends DatabaseError {
  readonly code = 'NO_ACTOR_CONTEXT';

  constructor() {
    super(
      'ActorContext.set() changes the actor of the request, message or ActorContext.run() around, and there is none, ' +
        'or it has ended. Use ActorContext.run(actor, fn).',
    );
  }
}
