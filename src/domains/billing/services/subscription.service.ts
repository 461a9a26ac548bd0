import { Injectable } from '@nestjs/common';
import { violatedConstraint } from '../../common/constraint-violation.js';
import { isUuid } from '../../../engine/common/uuid.js';
import { withDefaultActor } from '../../common/default-actor.js';
import { CustomerProfileNotFoundError } from '../../identity/errors.js';
import type { Subscription, SubscriptionItem } from '../entities/subscription.entity.js';
import { StripeCustomerUnknownError, StripeObjectIncompleteError } from '../errors.js';
import type { Mirroring } from '../repositories/mirror.repository.js';
import { CustomerRepository } from '../repositories/customer.repository.js';
import { SubscriptionRepository } from '../repositories/subscription.repository.js';
import { stripeActor } from '../stripe/stripe-actor.js';
import { idOf, timeOf, type StripeSubscriptionObject } from '../stripe/stripe-objects.js';
import { versionTime, type StripeVersion } from '../stripe/stripe-version.js';

/** The mirror of Stripe's subscriptions. */
@Injectable()
export class SubscriptionService {
  constructor(
    private readonly subscriptions: SubscriptionRepository,
    private readonly customers: CustomerRepository,
  ) {}

  /**
   * Writes a subscription's state, unless the row holds a newer one. The row of an ended subscription is
   * kept; its status tells that it ended (`canceled`).
   *
   * @throws StripeCustomerUnknownError when no customer profile is known for its customer (yet)
   * @throws StripeObjectIncompleteError when the subscription has no customer or no period
   */
  async upsert(
    object: StripeSubscriptionObject,
    version: StripeVersion,
  ): Promise<Mirroring<Subscription>> {
    const stripeCustomerId = idOf(object.customer);
    if (stripeCustomerId === undefined) {
      throw new StripeObjectIncompleteError('subscription', 'customer');
    }
    const period = periodOf(object);
    const customerProfileId = await this.customers.findProfileId(stripeCustomerId);
    if (customerProfileId === undefined) throw new StripeCustomerUnknownError(stripeCustomerId);
    const values = {
      id: object.id,
      customerProfileId,
      status: object.status,
      ...period,
      cancelAtPeriodEnd: object.cancel_at_period_end,
      cancelAt: timeOf(object.cancel_at),
      canceledAt: timeOf(object.canceled_at),
      // Undefined leaves the column unchanged.
      items: itemsOf(object),
      metadata: { ...object.metadata },
      livemode: object.livemode,
      stripeUpdatedAt: versionTime(version),
    };
    try {
      return await withDefaultActor(stripeActor, () =>
        this.subscriptions.mirror(values, { key: 'id' }),
      );
    } catch (error) {
      if (violatedConstraint(error) === 'subscriptions_customer_profiles_id_fkey') {
        throw new CustomerProfileNotFoundError(customerProfileId);
      }
      throw error;
    }
  }

  /**
   * Finds a customer profile's subscriptions that are in force now, by the database's clock; the one that
   * lasts longest comes first. Returns test mode subscriptions only when `livemode` is false.
   *
   * In force are those that are `active`, `trialing` or `past_due`, until `cancelAt`, until the end of their
   * period when they end with it, and else until three days after: the event about the next period may be
   * late.
   */
  async findInForce(
    customerProfileId: string,
    { livemode = true }: { livemode?: boolean } = {},
  ): Promise<Subscription[]> {
    if (!isUuid(customerProfileId)) return [];
    return this.subscriptions.findInForce(customerProfileId, livemode);
  }

  /**
   * Finds the subscription in force that lasts longest; null when there is none. Returns a test mode
   * subscription only when `livemode` is false.
   */
  async findCurrent(
    customerProfileId: string,
    options: { livemode?: boolean } = {},
  ): Promise<Subscription | null> {
    const [longest] = await this.findInForce(customerProfileId, options);
    return longest ?? null;
  }
}

/** The prices that are subscribed to; undefined when the object came without its items. */
function itemsOf({ items }: StripeSubscriptionObject): SubscriptionItem[] | undefined {
  return items?.data.flatMap(({ price, quantity }) => {
    const id = idOf(price);
    return id === undefined ? [] : [{ price: id, quantity: quantity ?? 1 }];
  });
}

/**
 * The paid period of a subscription. Its items may have their own periods; then the result spans from the
 * earliest start to the latest end.
 */
function periodOf(
  object: StripeSubscriptionObject,
): Pick<Subscription, 'currentPeriodStart' | 'currentPeriodEnd'> {
  const periods = [object, ...(object.items?.data ?? [])];
  const starts = periods.map((period) => period.current_period_start).filter(isNumber);
  const ends = periods.map((period) => period.current_period_end).filter(isNumber);
  if (starts.length === 0 || ends.length === 0) {
    throw new StripeObjectIncompleteError('subscription', 'current period');
  }
  return {
    currentPeriodStart: new Date(Math.min(...starts) * 1000),
    currentPeriodEnd: new Date(Math.max(...ends) * 1000),
  };
}

function isNumber(value: unknown): value is number {
  return typeof value === 'number';
}
