import { DatabaseError } from '../common/errors/database.error.js';

/** An actor that has neither a user's id nor a valid name, or acts on behalf of nobody valid. No query was run. */
export class MalformedActorError extends DatabaseError {
  readonly code = 'MALFORMED_ACTOR';

  constructor(problem: string, remedy = '') {
    super(
      `${problem} An actor is { userId } with the id of a user, or { name } with the name of a job, ` +
        `command or service, each a text of up to 200 characters, and may have onBehalfOf: { userId }.${remedy}`,
    );
  }
}

/** An annotation has a reason or details that the trail cannot keep. Nothing was annotated. */
export class InvalidAnnotationError extends DatabaseError {
  readonly code = 'INVALID_ANNOTATION';

  constructor(problem: string) {
    super(
      `${problem} An annotation is { reason, … } with a reason of 1 to 500 characters, ` +
        'and other details as values of JSON of up to 8000 characters in all.',
    );
  }
}

/** Tenants that are no id, no list of ids and not `all`. No query was run. */
export class MalformedTenantsError extends DatabaseError {
  readonly code = 'MALFORMED_TENANTS';

  constructor() {
    super(
      "The tenants of a request or of TenantContext.run() are not valid. Give the tenant's id, a list of ids (empty for " +
        "somebody who belongs to no tenant), or 'all'. An id is a whole number or a text of 1 to 200 characters.",
    );
  }
}

/**
 * `ActorContext.set()` or `annotate()` was called outside every request, message and `ActorContext.run()`.
 */
export class NoActorContextError extends DatabaseError {
  readonly code = 'NO_ACTOR_CONTEXT';

  constructor(call: 'ActorContext.set()' | 'annotate()') {
    super(
      `${call} changes the request, message or ActorContext.run() around, and there is none, or it has ended. ` +
        (call === 'annotate()'
          ? 'Use ActorContext.run(actor, { reason }, fn).'
          : 'Use ActorContext.run(actor, fn).'),
    );
  }
}
