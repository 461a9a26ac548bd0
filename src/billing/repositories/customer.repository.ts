import { Repository } from 'typeorm';
import { Customer } from '../entities/customer.entity.js';

export class CustomerRepository extends Repository<Customer> {
  /** The customer with this id in Stripe (`cus_…`). */
  findByStripeId(stripeCustomerId: string): Promise<Customer | null> {
    return this.findOneBy({ stripeCustomerId });
  }
}
