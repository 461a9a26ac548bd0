import { onPrimary } from '../../../engine/connection/on-primary.js';
import type { Subscription } from '../entities/subscription.entity.js';
import { MirrorRepository } from './mirror.repository.js';

/**
 * The statuses in which a customer has the subscribed product. While `past_due`, Stripe still tries to
 * collect the payment.
 */
const statuses = `'active', 'trialing', 'past_due'`;

/**
 * A subscription that goes on begins its next period at once, but the event that says so may be late: Stripe
 * sends it again for up to three days. One that ends with its period has no next one.
 */
const inForce = `subscription.status IN (${statuses})
  AND now() < least(subscription.cancel_at, subscription.current_period_end +
    CASE WHEN subscription.cancel_at_period_end THEN interval '0' ELSE interval '3 days' END)`;

// An empty text is how Stripe shows a value that was removed.
const pricesInForce = `
  SELECT price.prices_id AS "priceId", product.products_id AS "productId",
    nullif(price.metadata ->> $3, '') AS "ofPrice",
    nullif(product.metadata ->> $3, '') AS "ofProduct",
    (item ->> 'quantity')::float8 AS quantity
  FROM subscriptions subscription
  CROSS JOIN jsonb_array_elements(subscription.items) AS item
  JOIN prices price ON price.prices_id = item ->> 'price'
  JOIN products product ON product.products_id = price.product_id
  WHERE subscription.customer_profiles_id = $1 AND subscription.livemode = $2 AND ${inForce}
  ORDER BY price.prices_id`;

/** A price that a customer is subscribed to, with the values of a key in the metadata. */
export interface SubscribedPrice {
  readonly priceId: string;
  readonly productId: string;
  readonly ofPrice: string | null;
  readonly ofProduct: string | null;
  readonly quantity: number;
}

export class SubscriptionRepository extends MirrorRepository<Subscription> {
  /**
   * Finds the customer's subscriptions that are in force now, by the database's clock. The one that lasts
   * longest comes first.
   *
   * @internal
   */
  findInForce(customerProfileId: string, livemode: boolean): Promise<Subscription[]> {
    return this.createQueryBuilder('subscription')
      .where('subscription.customerProfileId = :customerProfileId', { customerProfileId })
      .andWhere('subscription.livemode = :livemode', { livemode })
      .andWhere(inForce)
      .orderBy('subscription.currentPeriodEnd', 'DESC')
      .addOrderBy('subscription.id')
      .getMany();
  }

  /**
   * Finds the mirrored prices of the customer's subscriptions that are in force now.
   *
   * @internal
   */
  findPricesInForce(
    customerProfileId: string,
    livemode: boolean,
    key: string,
  ): Promise<SubscribedPrice[]> {
    return onPrimary(() =>
      this.read<SubscribedPrice>(pricesInForce, [customerProfileId, livemode, key]),
    );
  }
}
