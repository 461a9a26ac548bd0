import type { StripeProduct } from '../entities/stripe-product.entity.js';
import { MirrorRepository } from './mirror.repository.js';

export class StripeProductRepository extends MirrorRepository<StripeProduct> {
  /**
   * Inserts an empty row for a product, unless a row exists.
   *
   * @internal
   */
  async ensure(id: string): Promise<void> {
    await this.write(this.createQueryBuilder().insert().values({ id, active: false }).orIgnore());
  }
}
