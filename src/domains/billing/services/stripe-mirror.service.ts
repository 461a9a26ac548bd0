import { Injectable } from '@nestjs/common';
import type {
  StripeCheckoutSessionObject,
  StripeCustomerObject,
  StripeEvent,
  StripePriceObject,
  StripeProductObject,
  StripeSubscriptionObject,
} from '../stripe/stripe-objects.js';
import { CheckoutSessionService } from './checkout-session.service.js';
import { CustomerService } from './customer.service.js';
import { PriceService } from './price.service.js';
import { ProductService } from './product.service.js';
import { SubscriptionService } from './subscription.service.js';

/** Updates the mirrors from Stripe's events. */
@Injectable()
export class StripeMirrorService {
  constructor(
    private readonly customers: CustomerService,
    private readonly sessions: CheckoutSessionService,
    private readonly products: ProductService,
    private readonly prices: PriceService,
    private readonly subscriptions: SubscriptionService,
  ) {}

  /**
   * Applies an event about a customer, checkout session, product, price or subscription. Use it as the
   * handler of `StripeWebhookInbox.process()`. Events may arrive in any order and more than once. Returns
   * false for events about other objects.
   *
   * @throws StripeCustomerUnknownError when the customer's own event has not arrived yet
   * @throws StripeObjectIncompleteError
   */
  async apply(event: StripeEvent): Promise<boolean> {
    const object: unknown = event.data.object;
    const isDeleted = event.type.endsWith('.deleted');
    switch (kindOf(event.type)) {
      case 'subscription':
        await this.subscriptions.upsert(object as StripeSubscriptionObject, event);
        return true;
      case 'customer': {
        const customer = object as StripeCustomerObject;
        if (isDeleted) await this.customers.markDeleted(customer.id, event);
        else await this.customers.upsert(customer, event);
        return true;
      }
      case 'product': {
        const product = object as StripeProductObject;
        if (isDeleted) await this.products.markDeleted(product.id, event);
        else await this.products.upsert(product, event);
        return true;
      }
      case 'price': {
        const price = object as StripePriceObject;
        await this.prices.upsert(isDeleted ? { ...price, active: false } : price, event);
        return true;
      }
      case 'checkout session':
        await this.sessions.upsert(object as StripeCheckoutSessionObject, event);
        return true;
      default:
        return false;
    }
  }
}

function kindOf(type: string): string | undefined {
  if (type.startsWith('customer.subscription.')) return 'subscription';
  if (type.startsWith('checkout.session.')) return 'checkout session';
  // Other types, such as `customer.discount.created`, are about other objects.
  return /^(customer|product|price)\.(?:created|updated|deleted)$/.exec(type)?.[1];
}
