import { Injectable } from '@nestjs/common';
import { IsNull, MoreThan, Or } from 'typeorm';
import { withDefaultActor } from '../../common/default-actor.js';
import { Transactional } from '../../../engine/transaction/transactional.decorator.js';
import type { StripeCheckoutSession } from '../entities/stripe-checkout-session.entity.js';
import { StripeCustomerUnknownError, StripeObjectIncompleteError } from '../errors.js';
import { minorUnits } from '../stripe/minor-units.js';
import type { Mirroring } from '../repositories/mirror.repository.js';
import { CustomerRepository } from '../repositories/customer.repository.js';
import { StripeCheckoutSessionRepository } from '../repositories/stripe-checkout-session.repository.js';
import { stripeActor } from '../stripe/stripe-actor.js';
import { idOf, timeOf, type StripeCheckoutSessionObject } from '../stripe/stripe-objects.js';
import { versionTime, type StripeVersion } from '../stripe/stripe-version.js';

/** The mirror of Stripe's checkout sessions. */
@Injectable()
export class CheckoutSessionService {
  constructor(
    private readonly sessions: StripeCheckoutSessionRepository,
    private readonly customers: CustomerRepository,
  ) {}

  /**
   * Writes a checkout session's state, unless the row holds a newer one. `completed_at` is the time of the
   * earliest complete state, whatever the order of arrival. A session without a payment (mode `setup`) has
   * an empty currency.
   *
   * @throws StripeCustomerUnknownError when its customer is not mirrored (yet)
   * @throws StripeObjectIncompleteError when it has no customer, or an amount that is not valid
   */
  @Transactional()
  async upsert(
    object: StripeCheckoutSessionObject,
    version: StripeVersion,
  ): Promise<Mirroring<StripeCheckoutSession>> {
    const stripeCustomerId = idOf(object.customer);
    if (stripeCustomerId === undefined) {
      throw new StripeObjectIncompleteError('checkout session', 'customer');
    }
    const customer = await this.customers.findByStripeId(stripeCustomerId);
    if (customer === null) throw new StripeCustomerUnknownError(stripeCustomerId);
    const at = versionTime(version);
    const completedAt = object.status === 'complete' ? at : null;
    const values = {
      id: object.id,
      customerId: customer.id,
      paymentStatus: object.payment_status,
      mode: object.mode,
      amountTotal: minorUnits(object.amount_total, 'checkout session', 'amount_total'),
      currency: object.currency ?? '',
      url: object.url ?? null,
      metadata: { ...object.metadata },
      completedAt,
      expiresAt: timeOf(object.expires_at),
      stripeUpdatedAt: at,
    };
    return withDefaultActor(stripeActor, async () => {
      const mirrored = await this.sessions.mirror(values, { key: 'id', fixed: ['completedAt'] });
      const { row } = mirrored;
      // Also when the row holds a newer state, because this older one may have an earlier time of completion.
      if (completedAt !== null && (row.completedAt === null || row.completedAt > completedAt)) {
        await this.sessions.update(
          { id: row.id, completedAt: Or(IsNull(), MoreThan(completedAt)) },
          { completedAt },
        );
        row.completedAt = completedAt;
      }
      return mirrored;
    });
  }
}
