import type { StripeEvent } from './stripe-objects.js';

/**
 * How old the state of an object is: the event that brought it, or for an object that was fetched from
 * Stripe's API the time of the call.
 */
export type StripeVersion = Pick<StripeEvent, 'created' | 'type'> | Date;

/**
 * The time that versions of an object are compared by, for `stripe_updated_at`.
 *
 * Events come in any order, and their times are whole seconds. Several events of one object in one
 * second are common where it is made; the milliseconds say what must have come first there: the making,
 * then the changes (in the order of their arrival, as nothing tells them apart), then the end.
 *
 * An object that was fetched may be older than the changes of the same second, and so does not beat them.
 */
export function versionTime(version: StripeVersion): Date {
  if (version instanceof Date) return new Date(Math.floor(version.getTime() / 1000) * 1000);
  return new Date(version.created * 1000 + place(version.type));
}

function place(type: string): number {
  if (type.endsWith('.created')) return 0;
  return type.endsWith('.deleted') ? 2 : 1;
}
