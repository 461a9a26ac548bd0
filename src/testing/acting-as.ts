import { ActorContext } from '../engine/actor/actor-context.js';
import type { Actor } from '../engine/actor/actor.js';
import { User } from '../domains/identity/entities/user.entity.js';

/** A user by its row or its id, or an actor as the module knows them. */
export type TestActor = User | string | Actor;

/**
 * Runs `work` as a user, or under a name: what it writes is attributed to them.
 *
 * A request over HTTP has its own actor, by the application's guards, whatever the test is.
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
