import { ActorContext } from '../engine/actor/actor-context.js';
import type { Actor } from '../engine/actor/actor.js';
import { User } from '../domains/identity/entities/user.entity.js';

/** A user entity, the id of a user, or any actor. */
export type TestActor = User | string | Actor;

/**
 * Runs `work` and attributes its writes to a user or a named actor.
 *
 * It has no effect on HTTP requests to the application, whose actor comes from the application's guards.
 *
 * @throws MalformedActorError
 */
export function actingAs<T>(actor: TestActor, work: () => T): T {
  return ActorContext.run(actorOf(actor), work);
}

export function actorOf(actor: TestActor): Actor {
  if (typeof actor === 'string') return { userId: actor };
  return actor instanceof User ? { userId: actor.id } : actor;
}
