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

/** What customers may have by their subscriptions. */
@Injectable()
export class EntitlementService {
  constructor(private readonly subscriptions: SubscriptionRepository) {}

  /**
   * How many systems a customer may have now: what the prices of all subscriptions in force allow, each times
   * its quantity, together. The answer to OpenKJ's `getEntitledSystemCount`. One query; 0 for an unknown
   * customer and for one without a subscription in force. Counts test mode subscriptions only when `livemode`
   * is false.
   *
   * A price allows what its metadata say under `systems`, else what those of its product say, else none.
   *
   * @throws InvalidEntitlementError when the metadata have something else than a whole number
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
