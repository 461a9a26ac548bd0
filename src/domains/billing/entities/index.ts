import { Customer } from './customer.entity.js';
import { StripeCheckoutSession } from './stripe-checkout-session.entity.js';
import { StripePrice } from './stripe-price.entity.js';
import { StripeProduct } from './stripe-product.entity.js';
import { StripeWebhookEvent } from './stripe-webhook-event.entity.js';
import { Subscription } from './subscription.entity.js';

/** The tables of this domain. */
export const billingEntities = [
  Customer,
  StripeCheckoutSession,
  StripeProduct,
  StripePrice,
  Subscription,
  StripeWebhookEvent,
];
