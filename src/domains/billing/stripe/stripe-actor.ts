import type { NamedActor } from '../../../engine/actor/actor.js';

/** The default actor for writes to the mirrors and the inbox. */
export const stripeActor: NamedActor = { name: 'stripe' };
