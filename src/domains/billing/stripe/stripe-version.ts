import type { StripeEvent } from './stripe-objects.js';

/**
 * The version of an object's state: the event that carried it or, for an object fetched from Stripe's API,
 * the time of the call.
 */
export type StripeVersion = Pick<StripeEvent, 'created' | 'type'> | Date;

/**
 * The time by which the versions of an object are compared, for `stripe_updated_at`.
 *
 * Events arrive in any order, and their times are whole seconds. An object's creation often has several
 * events in one second. Therefore the milliseconds encode their necessary order: creation, then updates,
 * then deletion. Updates of one second cannot be told apart; the last to arrive wins.
 *
 * A fetched object may be older than the changes of that second, so it does not replace them.
 */
export function versionTime(version: StripeVersion): Date {
  if (version instanceof Date) return new Date(Math.floor(version.getTime() / 1000) * 1000);
  return new Date(version.created * 1000 + place(version.type));
}

function place(type: string): number {
  if (type.endsWith('.created')) return 0;
  return type.endsWith('.deleted') ? 2 : 1;
}
