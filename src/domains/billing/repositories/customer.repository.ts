import { isStorable } from '../../../engine/common/check-texts.js';
import { onPrimary } from '../../../engine/connection/on-primary.js';
import { CustomerProfile } from '../../identity/entities/customer-profile.entity.js';
import { Customer } from '../entities/customer.entity.js';
import { MirrorRepository } from './mirror.repository.js';

export class CustomerRepository extends MirrorRepository<Customer> {
  /** Finds the customer with this Stripe id (`cus_…`). */
  async findByStripeId(stripeCustomerId: string): Promise<Customer | null> {
    if (!isStorable(stripeCustomerId)) return null;
    return onPrimary(() => this.findOneBy({ stripeCustomerId }));
  }

  /**
   * Finds the customer profile of a Stripe customer: by the mirrored row, or else by the profile's
   * `stripe_customer_id`.
   */
  async findProfileId(stripeCustomerId: string): Promise<string | undefined> {
    if (!isStorable(stripeCustomerId)) return undefined;
    const customer = await this.findByStripeId(stripeCustomerId);
    if (customer !== null) return customer.customerProfileId;
    const profile = await onPrimary(() =>
      this.manager.findOneBy(CustomerProfile, { stripeCustomerId }),
    );
    return profile?.id;
  }
}
