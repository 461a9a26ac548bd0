import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { repositoryProvider } from '../../engine/common/repository-provider.js';
import { billingEntities } from './entities/index.js';
import { Customer } from './entities/customer.entity.js';
import { StripeWebhookEvent } from './entities/stripe-webhook-event.entity.js';
import { CustomerRepository } from './repositories/customer.repository.js';
import { StripeWebhookEventRepository } from './repositories/stripe-webhook-event.repository.js';
import { CheckoutSessionService } from './services/checkout-session.service.js';
import { CustomerService } from './services/customer.service.js';
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
  StripeMirrorService,
  StripeWebhookInbox,
];

/** The mirror of Stripe and the inbox of its webhook. */
@Module({
  imports: [TypeOrmModule.forFeature(billingEntities)],
  providers: [
    repositoryProvider(CustomerRepository, Customer),
    repositoryProvider(StripeWebhookEventRepository, StripeWebhookEvent),
    ...services,
  ],
  exports: [CustomerRepository, StripeWebhookEventRepository, ...services],
})
export class BillingModule {}
