import { ActorContext } from '../../engine/actor/actor-context.js';
import type { Actor } from '../../engine/actor/actor.js';

/**
 * Runs `work` as `actor` when no actor is set, such as in a sign-in request. An actor that is already set
 * is kept, because it is more specific.
 */
export function withDefaultActor<T>(actor: Actor, work: () => T): T {
  return ActorContext.current() === undefined ? ActorContext.run(actor, work) : work();
}
