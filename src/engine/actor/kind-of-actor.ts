import type { Attribution } from './actor-context.js';

/** What kind of actor writes have, without a value that tells who it is. */
export type ActorKind = 'nobody' | `${'user' | 'program'}${'' | ' on behalf of a user'}`;

/** The kind of the actor of an attribution. */
export function kindOfActor(attribution: Attribution | undefined): ActorKind {
  const actor = attribution?.actor;
  if (actor === undefined) return 'nobody';
  const who = 'userId' in actor ? 'user' : 'program';
  return actor.onBehalfOf === undefined ? who : `${who} on behalf of a user`;
}
