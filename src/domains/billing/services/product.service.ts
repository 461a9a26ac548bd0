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

  /** Writes a product's state, unless a newer one is there. */
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
   * Notes that a product was deleted in Stripe: it can no longer be bought. The row stays, also where
   * there was none, so that an older state that is still on its way does not bring the product back.
   */
  markDeleted(id: string, version: StripeVersion): Promise<Mirroring<StripeProduct>> {
    return this.write({ id, active: false, stripeUpdatedAt: versionTime(version) });
  }

  /**
   * Makes an empty row for a product that is not mirrored yet, which cannot be bought until its state
   * arrives: any state is newer.
   */
  async ensure(id: string): Promise<void> {
    await withDefaultActor(stripeActor, () => this.products.ensure(id));
  }

  private write(values: Partial<StripeProduct>): Promise<Mirroring<StripeProduct>> {
    return withDefaultActor(stripeActor, () => this.products.mirror(values, { key: 'id' }));
  }
}
