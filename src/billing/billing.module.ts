import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { repositoryProvider } from '../common/repository-provider.js';
import { Customer } from './entities/customer.entity.js';
import { StripeCheckoutSession } from './entities/stripe-checkout-session.entity.js';
import { StripePrice } from './entities/stripe-price.entity.js';
import { StripeProduct } from './entities/stripe-product.entity.js';
import { StripeWebhookEvent } from './entities/stripe-webhook-event.entity.js';
import { Subscription } from './entities/subscription.entity.js';
import { CustomerRepository } from './repositories/customer.repository.js';

/** The mirror of Stripe and the inbox of its webhook. */
@Module({
  imports: [
    TypeOrmModule.forFeature([
      Customer,
      StripeCheckoutSession,
      StripeProduct,
      StripePrice,
      Subscription,
      StripeWebhookEvent,
    ]),
  ],
  providers: [repositoryProvider(CustomerRepository, Customer)],
  exports: [TypeOrmModule, CustomerRepository],
})
export class BillingModule {}
