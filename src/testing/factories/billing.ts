import { randomUUID } from 'node:crypto';
import { Customer } from '../../domains/billing/entities/customer.entity.js';
import { StripeCheckoutSession } from '../../domains/billing/entities/stripe-checkout-session.entity.js';
import { StripePrice } from '../../domains/billing/entities/stripe-price.entity.js';
import { StripeProduct } from '../../domains/billing/entities/stripe-product.entity.js';
import { StripeWebhookEvent } from '../../domains/billing/entities/stripe-webhook-event.entity.js';
import { Subscription } from '../../domains/billing/entities/subscription.entity.js';
import { CustomerProfile } from '../../domains/identity/entities/customer-profile.entity.js';
import { factory, inDays, unique } from './factory.js';

export const billingFactories = [
  factory(Customer, { customerProfileId: CustomerProfile }, () => ({
    id: randomUUID(),
    stripeCustomerId: unique('cus_'),
  })),
  factory(StripeCheckoutSession, { customerId: Customer }, () => ({
    id: unique('cs_test_'),
    paymentStatus: 'unpaid',
    mode: 'subscription',
    currency: 'usd',
    // 10.00 USD.
    amountTotal: '1000',
  })),
  factory(StripeProduct, {}, () => ({ id: unique('prod_'), name: 'Test product' })),
  factory(StripePrice, { productId: StripeProduct }, () => ({
    id: unique('price_'),
    currency: 'usd',
    type: 'recurring',
    recurring: { interval: 'month' as const, interval_count: 1 },
    unitAmount: '1000',
  })),
  factory(Subscription, { customerProfileId: CustomerProfile }, () => ({
    id: unique('sub_'),
    status: 'active',
    currentPeriodStart: inDays(0),
    currentPeriodEnd: inDays(30),
  })),
  factory(StripeWebhookEvent, {}, () => {
    const eventId = unique('evt_');
    const eventType = 'product.updated';
    return { eventId, eventType, payload: { id: eventId, type: eventType } };
  }),
];
