import { ActorContext } from '../../engine/actor/actor-context.js';
import type { Actor } from '../../engine/actor/actor.js';

/**
 * Runs `work` as `actor` where nobody is named yet, such as in a request that signs somebody in. An
 * actor that is already there stays: it knows better.
 */
export function withDefaultActor<T>(actor: Actor, work: () => T): T {
  return ActorContext.current() === undefined ? ActorContext.run(actor, work) : work();
}
