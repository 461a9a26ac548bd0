import { DatabaseError } from '../../engine/common/errors/database.error.js';

/** No customer profile is known for the Stripe customer of an object. Nothing was written. */
export class StripeCustomerUnknownError extends DatabaseError {
  readonly code = 'STRIPE_CUSTOMER_UNKNOWN';

  constructor(readonly stripeCustomerId: string) {
    super(
      `No customer profile belongs to Stripe's customer ${stripeCustomerId}. Pass its customerProfileId, ` +
        'set its stripe_customer_id, or process the event again once the customer is mirrored.',
    );
  }
}

/** The Stripe customer belongs to another customer profile. Nothing was written. */
export class StripeCustomerTakenError extends DatabaseError {
  readonly code = 'STRIPE_CUSTOMER_TAKEN';

  constructor(readonly stripeCustomerId: string) {
    super(
      `Stripe's customer ${stripeCustomerId} belongs to another customer profile, which cannot change. ` +
        'Create another customer in Stripe for this profile.',
    );
  }
}

/** An object from Stripe lacks a required value. Nothing was written. */
export class StripeObjectIncompleteError extends DatabaseError {
  readonly code = 'STRIPE_OBJECT_INCOMPLETE';

  constructor(
    readonly kind: string,
    readonly field: string,
  ) {
    super(
      `Stripe's ${kind} has no usable ${field}. Pass the complete object as Stripe's API or webhook returned it.`,
    );
  }
}

/** The metadata of a price or a product do not say how much it allows. */
export class InvalidEntitlementError extends DatabaseError {
  readonly code = 'INVALID_ENTITLEMENT';

  constructor(
    /** Stripe's id of the price or the product. */
    readonly stripeId: string,
    readonly key: string,
    readonly value: string,
  ) {
    super(
      `The metadata of ${stripeId} in Stripe have "${value}" as ${key}. Set a whole number from 0 to 2147483647, or remove the key.`,
    );
  }
}

/** No event with the given id was recorded. */
export class WebhookEventNotFoundError extends DatabaseError {
  readonly code = 'WEBHOOK_EVENT_NOT_FOUND';

  constructor(readonly eventId: string) {
    super(
      `No event ${eventId} was recorded. Give Stripe's id of a recorded event, or have Stripe send it again.`,
    );
  }
}

/** The state or the cursor of a page of recorded events is not valid. */
export class InvalidWebhookEventPageError extends DatabaseError {
  readonly code = 'INVALID_WEBHOOK_EVENT_PAGE';
}

/** The event is already processed, and cannot be processed again. */
export class WebhookEventProcessedError extends DatabaseError {
  readonly code = 'WEBHOOK_EVENT_PROCESSED';

  constructor(readonly eventId: string) {
    super(
      `The event ${eventId} is processed already. If you doubt the object's state, fetch the object from Stripe and mirror it.`,
    );
  }
}
