import { checkCount } from '../../../engine/common/check-count.js';
import { checkFilters } from '../../../engine/common/check-filters.js';
import type { StripeWebhookEvent } from '../entities/stripe-webhook-event.entity.js';
import { InvalidWebhookEventPageError } from '../errors.js';

/**
 * `pending`: not processed, and no attempt has failed since it was recorded or since `retry()`. `failed`: not
 * processed, and the last attempt failed. `processed`: done.
 */
export type WebhookEventState = 'pending' | 'failed' | 'processed';

/** A page of the recorded events, newest first. */
export interface WebhookEventPage {
  events: StripeWebhookEvent[];
  /** The cursor of the next page; null on the last page. */
  nextCursor: string | null;
}

export interface WebhookEventPageOptions {
  /** Only events of this type, such as `customer.subscription.updated`. Undefined is refused. */
  type?: string;
  /** Only events in this state. Undefined is refused. */
  state?: WebhookEventState;
  /** Events per page, 1 to 500. Default: 50. */
  limit?: number;
  /** The `nextCursor` of the previous page. */
  cursor?: string;
}

/** A validated request for a page. */
export interface WebhookEventSelection {
  readonly type: string | undefined;
  readonly state: WebhookEventState | undefined;
  readonly limit: number;
  /** The id of the last event of the previous page. */
  readonly before: number | undefined;
}

const mostEvents = 500;

const states: readonly unknown[] = ['pending', 'failed', 'processed'] satisfies WebhookEventState[];

/** @throws InvalidCountError, InvalidWebhookEventPageError, MissingFilterError */
export function checkedPage(options: WebhookEventPageOptions): WebhookEventSelection {
  checkFilters(options, 'type', 'state');
  const { type, state, limit = 50, cursor } = options;
  checkCount('limit', limit, { most: mostEvents });
  if (state !== undefined && !states.includes(state)) {
    throw new InvalidWebhookEventPageError(
      `"${String(state)}" is not a state of an event. Give ${states.join(', ')}, or none for all.`,
    );
  }
  if (cursor !== undefined && !(/^\d{1,10}$/.test(cursor) && Number(cursor) < 2 ** 31)) {
    throw new InvalidWebhookEventPageError(
      'The cursor is not valid. Give the nextCursor of the previous page unchanged, or none for the first page.',
    );
  }
  return { type, state, limit, before: cursor === undefined ? undefined : Number(cursor) };
}
