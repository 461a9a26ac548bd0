import { Injectable } from '@nestjs/common';
import { withDefaultActor } from '../../common/default-actor.js';
import type { StripeProduct } from '../entities/stripe-product.entity.js';
import type { Mirroring } from '../repositories/mirror.repository.js';
import { StripeProductRepository } from '../repositories/stripe-product.repository.js';
import { stripeActor } from '../stripe/stripe-actor.js';
import type { StripeProductObject } from '../stripe/stripe-objects.js';
import { versionTime, type StripeVersion } from '../stripe/stripe-version.js';

/** The mirror of Stripe's products. */
@Injectable()
export class ProductService {
  constructor(private readonly products: StripeProductRepository) {}

  /** Writes a product's state, unless the row holds a newer one. */
  upsert(object: StripeProductObject, version: StripeVersion): Promise<Mirroring<StripeProduct>> {
    return this.write({
      id: object.id,
      name: object.name ?? null,
      description: object.description ?? null,
      active: object.active,
      metadata: { ...object.metadata },
      images: [...(object.images ?? [])],
      livemode: object.livemode,
      stripeUpdatedAt: versionTime(version),
    });
  }

  /**
   * Marks a product as deleted in Stripe, so that it can no longer be bought. The row is kept, or created
   * if missing, so that an older state that arrives later does not restore the product.
   */
  markDeleted(id: string, version: StripeVersion): Promise<Mirroring<StripeProduct>> {
    return this.write({ id, active: false, stripeUpdatedAt: versionTime(version) });
  }

  /**
   * Inserts an empty, inactive row for a product that is not mirrored yet. Any state that arrives later
   * replaces it.
   */
  async ensure(id: string): Promise<void> {
    await withDefaultActor(stripeActor, () => this.products.ensure(id));
  }

  private write(values: Partial<StripeProduct>): Promise<Mirroring<StripeProduct>> {
    return withDefaultActor(stripeActor, () => this.products.mirror(values, { key: 'id' }));
  }
}
