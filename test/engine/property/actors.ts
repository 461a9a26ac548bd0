import type { Actor } from '@singr/database';
import { userId } from '../../support/people.js';

/** The actors that take turns: users, and every fifth a job. */
export function actorNumber(number: number): Actor {
  return number % 5 === 4 ? { name: `job ${number}` } : { userId: userId(number) };
}

export function writerOf(actor: Actor): string {
  return 'userId' in actor ? actor.userId : actor.name;
}
