import type { StripeProduct } from '../entities/stripe-product.entity.js';
import { MirrorRepository } from './mirror.repository.js';

export class StripeProductRepository extends MirrorRepository<StripeProduct> {
  /**
   * Inserts a row for a product of which nothing is known but the id, unless there is one.
   *
   * @internal
   */
  async ensure(id: string): Promise<void> {
    await this.write(this.createQueryBuilder().insert().values({ id, active: false }).orIgnore());
  }
}
