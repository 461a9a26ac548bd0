import { Injectable } from '@nestjs/common';
import { isUuid } from '../../../engine/common/uuid.js';
import { InvalidEntitlementError } from '../errors.js';
import {
  SubscriptionRepository,
  type SubscribedPrice,
} from '../repositories/subscription.repository.js';

/** The key in the metadata of a price or a product in Stripe that says how many systems it allows. */
export const systemsMetadataKey = 'systems';

/** The largest number that OpenKJ reads. */
const most = 2 ** 31 - 1;

/** Finds how many systems customers may have under their subscriptions. */
@Injectable()
export class EntitlementService {
  constructor(private readonly subscriptions: SubscriptionRepository) {}

  /**
   * The number of systems that a customer may have now: the sum, over the prices of all subscriptions in
   * force, of the systems that a price allows times its quantity. It is the answer to OpenKJ's
   * `getEntitledSystemCount`. It is 0 for an unknown customer and for one without a subscription in force.
   * Counts test mode subscriptions only when `livemode` is false. One query.
   *
   * The number that a price allows is under `systems` in its metadata, else in the metadata of its product,
   * else 0.
   *
   * @throws InvalidEntitlementError when the metadata have a value that is not a whole number
   */
  async countSystems(
    customerProfileId: string,
    { livemode = true }: { livemode?: boolean } = {},
  ): Promise<number> {
    if (!isUuid(customerProfileId)) return 0;
    const prices = await this.subscriptions.findPricesInForce(
      customerProfileId,
      livemode,
      systemsMetadataKey,
    );
    const counts = prices.map((price) => allowed(price) * price.quantity);
    return Math.min(
      counts.reduce((sum, count) => sum + count, 0),
      most,
    );
  }
}

/** @throws InvalidEntitlementError */
function allowed({ priceId, productId, ofPrice, ofProduct }: SubscribedPrice): number {
  const [id, text] = ofPrice === null ? [productId, ofProduct ?? '0'] : [priceId, ofPrice];
  const count = Number(text);
  if (!/^\d+$/.test(text) || count > most) {
    throw new InvalidEntitlementError(id, systemsMetadataKey, text);
  }
  return count;
}
