import { Injectable } from '@nestjs/common';
import { withDefaultActor } from '../../common/default-actor.js';
import { Transactional } from '../../../engine/transaction/transactional.decorator.js';
import type { StripePrice, StripeRecurring } from '../entities/stripe-price.entity.js';
import { StripeObjectIncompleteError } from '../errors.js';
import { minorUnits } from '../stripe/minor-units.js';
import type { Mirroring } from '../repositories/mirror.repository.js';
import { StripePriceRepository } from '../repositories/stripe-price.repository.js';
import { stripeActor } from '../stripe/stripe-actor.js';
import { idOf, type StripePriceObject } from '../stripe/stripe-objects.js';
import { versionTime, type StripeVersion } from '../stripe/stripe-version.js';
import { ProductService } from './product.service.js';

/** The mirror of Stripe's prices. */
@Injectable()
export class PriceService {
  constructor(
    private readonly prices: StripePriceRepository,
    private readonly products: ProductService,
  ) {}

  /**
   * Writes a price's state, unless the row holds a newer one. If the price's product is not mirrored yet,
   * an empty row is inserted for it.
   *
   * @throws StripeObjectIncompleteError when the price has no product, or an amount that is not valid
   */
  @Transactional()
  async upsert(object: StripePriceObject, version: StripeVersion): Promise<Mirroring<StripePrice>> {
    const productId = idOf(object.product);
    if (productId === undefined) throw new StripeObjectIncompleteError('price', 'product');
    const values = {
      id: object.id,
      productId,
      active: object.active,
      currency: object.currency,
      type: object.type,
      recurring: object.recurring ? ({ ...object.recurring } as StripeRecurring) : null,
      unitAmount: minorUnits(object.unit_amount, 'price', 'unit_amount'),
      metadata: { ...object.metadata },
      livemode: object.livemode,
      stripeUpdatedAt: versionTime(version),
    };
    return withDefaultActor(stripeActor, async () => {
      await this.products.ensure(productId);
      return this.prices.mirror(values, { key: 'id' });
    });
  }

  /**
   * Finds the active prices of active products, each with its product, the cheapest price of a product
   * first. Returns test mode prices only when `livemode` is false.
   */
  findActive({ livemode = true }: { livemode?: boolean } = {}): Promise<StripePrice[]> {
    return this.prices.find({
      where: { active: true, livemode, product: { active: true } },
      relations: { product: true },
      order: { productId: 'ASC', unitAmount: 'ASC', id: 'ASC' },
    });
  }
}
