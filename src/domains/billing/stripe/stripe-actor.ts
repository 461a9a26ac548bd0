import type { NamedActor } from '../../../engine/actor/actor.js';

/** Who writes the mirrors and the inbox where nobody else is named. */
export const stripeActor: NamedActor = { name: 'stripe' };
