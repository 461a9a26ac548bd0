import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { repositoryProvider } from '../../engine/common/repository-provider.js';
import { billingEntities } from './entities/index.js';
import { Customer } from './entities/customer.entity.js';
import { StripeCheckoutSession } from './entities/stripe-checkout-session.entity.js';
import { StripePrice } from './entities/stripe-price.entity.js';
import { StripeProduct } from './entities/stripe-product.entity.js';
import { StripeWebhookEvent } from './entities/stripe-webhook-event.entity.js';
import { Subscription } from './entities/subscription.entity.js';
import { CustomerRepository } from './repositories/customer.repository.js';
import { StripeCheckoutSessionRepository } from './repositories/stripe-checkout-session.repository.js';
import { StripePriceRepository } from './repositories/stripe-price.repository.js';
import { StripeProductRepository } from './repositories/stripe-product.repository.js';
import { StripeWebhookEventRepository } from './repositories/stripe-webhook-event.repository.js';
import { SubscriptionRepository } from './repositories/subscription.repository.js';
import { CheckoutSessionService } from './services/checkout-session.service.js';
import { CustomerService } from './services/customer.service.js';
import { EntitlementService } from './services/entitlement.service.js';
import { PriceService } from './services/price.service.js';
import { ProductService } from './services/product.service.js';
import { StripeMirrorService } from './services/stripe-mirror.service.js';
import { StripeWebhookInbox } from './services/stripe-webhook-inbox.js';
import { SubscriptionService } from './services/subscription.service.js';

const services = [
  CustomerService,
  CheckoutSessionService,
  ProductService,
  PriceService,
  SubscriptionService,
  EntitlementService,
  StripeMirrorService,
  StripeWebhookInbox,
];

/** The mirrors of Stripe's objects, and the inbox of its webhook. */
@Module({
  imports: [TypeOrmModule.forFeature(billingEntities)],
  providers: [
    repositoryProvider(CustomerRepository, Customer),
    repositoryProvider(StripeWebhookEventRepository, StripeWebhookEvent),
    repositoryProvider(StripeCheckoutSessionRepository, StripeCheckoutSession),
    repositoryProvider(StripeProductRepository, StripeProduct),
    repositoryProvider(StripePriceRepository, StripePrice),
    repositoryProvider(SubscriptionRepository, Subscription),
    ...services,
  ],
  exports: [CustomerRepository, ...services],
})
export class BillingModule {}
