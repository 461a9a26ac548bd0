import { randomUUID } from 'node:crypto';
import type {
  StripeCheckoutSessionObject,
  StripeCustomerObject,
  StripeEvent,
  StripePriceObject,
  StripeProductObject,
  StripeSubscriptionObject,
} from '@singr/database';

/** Objects and events as Stripe sends them. */

/** 2026-01-01T00:00:00Z, in seconds. */
export const newYear = 1_767_225_600;

let count = 0;

export function event(type: string, object: object, created = newYear): StripeEvent {
  return {
    id: `evt_${++count}_${randomUUID()}`,
    type,
    created,
    livemode: false,
    request: { id: 'req_1' },
    data: { object },
  };
}

export function customer(fields: Partial<StripeCustomerObject> = {}): StripeCustomerObject {
  return {
    id: `cus_${randomUUID()}`,
    email: 'ann@example.com',
    name: 'Ann',
    metadata: { plan: 'pro' },
    invoice_settings: { default_payment_method: 'pm_1' },
    shipping: null,
    livemode: false,
    ...fields,
  };
}

export function product(fields: Partial<StripeProductObject> = {}): StripeProductObject {
  return {
    id: `prod_${randomUUID()}`,
    name: 'Karaoke Pro',
    active: true,
    images: ['https://example.com/a.png'],
    metadata: {},
    livemode: false,
    ...fields,
  };
}

export function price(fields: Partial<StripePriceObject> = {}): StripePriceObject {
  return {
    id: `price_${randomUUID()}`,
    product: `prod_${randomUUID()}`,
    active: true,
    currency: 'usd',
    type: 'recurring',
    recurring: { interval: 'month', interval_count: 1 },
    unit_amount: 1900,
    livemode: false,
    ...fields,
  };
}

export function subscription(
  fields: Partial<StripeSubscriptionObject> = {},
): StripeSubscriptionObject {
  return {
    id: `sub_${randomUUID()}`,
    customer: `cus_${randomUUID()}`,
    status: 'active',
    items: {
      data: [{ current_period_start: newYear, current_period_end: newYear + 86_400 }],
    },
    cancel_at_period_end: false,
    livemode: false,
    ...fields,
  };
}

export function checkoutSession(
  fields: Partial<StripeCheckoutSessionObject> = {},
): StripeCheckoutSessionObject {
  return {
    id: `cs_${randomUUID()}`,
    customer: `cus_${randomUUID()}`,
    payment_status: 'unpaid',
    mode: 'subscription',
    status: 'open',
    amount_total: 1900,
    currency: 'usd',
    url: 'https://checkout.stripe.com/c/pay',
    expires_at: newYear + 86_400,
    ...fields,
  };
}
