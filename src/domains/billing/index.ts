export { BillingModule } from './billing.module.js';
export { Customer, type StripeTaxId } from './entities/customer.entity.js';
export { StripeCheckoutSession } from './entities/stripe-checkout-session.entity.js';
export { StripePrice, type StripeRecurring } from './entities/stripe-price.entity.js';
export { StripeProduct } from './entities/stripe-product.entity.js';
export { StripeWebhookEvent } from './entities/stripe-webhook-event.entity.js';
export { Subscription, type SubscriptionItem } from './entities/subscription.entity.js';
export { CustomerRepository } from './repositories/customer.repository.js';
export { CheckoutSessionService } from './services/checkout-session.service.js';
export { CustomerService, type MirrorCustomerOptions } from './services/customer.service.js';
export { EntitlementService, systemsMetadataKey } from './services/entitlement.service.js';
export { PriceService } from './services/price.service.js';
export { ProductService } from './services/product.service.js';
export { StripeMirrorService } from './services/stripe-mirror.service.js';
export {
  StripeWebhookInbox,
  type ProcessOptions,
  type ProcessReport,
  type PruneEventsOptions,
  type StripeEventHandler,
} from './services/stripe-webhook-inbox.js';
export { SubscriptionService } from './services/subscription.service.js';
export type { Mirroring } from './repositories/mirror.repository.js';
export type {
  WebhookEventPage,
  WebhookEventPageOptions,
  WebhookEventState,
} from './stripe/webhook-event-page.js';
export type { StripeVersion } from './stripe/stripe-version.js';
export type {
  StripeCheckoutSessionObject,
  StripeCustomerObject,
  StripeEvent,
  StripePriceObject,
  StripeProductObject,
  StripeReference,
  StripeSubscriptionItem,
  StripeSubscriptionObject,
  StripePeriod,
} from './stripe/stripe-objects.js';
export {
  InvalidEntitlementError,
  InvalidWebhookEventPageError,
  StripeCustomerTakenError,
  StripeCustomerUnknownError,
  StripeObjectIncompleteError,
  WebhookEventNotFoundError,
  WebhookEventProcessedError,
} from './errors.js';
