import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { violatedConstraint } from '../../common/constraint-violation.js';
import { isSameUuid, isUuid } from '../../../engine/common/uuid.js';
import { withDefaultActor } from '../../common/default-actor.js';
import { CustomerProfileNotFoundError } from '../../identity/errors.js';
import type { Customer } from '../entities/customer.entity.js';
import { StripeCustomerTakenError, StripeCustomerUnknownError } from '../errors.js';
import type { Mirroring } from '../repositories/mirror.repository.js';
import { CustomerRepository } from '../repositories/customer.repository.js';
import { stripeActor } from '../stripe/stripe-actor.js';
import type { StripeCustomerObject } from '../stripe/stripe-objects.js';
import { versionTime, type StripeVersion } from '../stripe/stripe-version.js';

export interface MirrorCustomerOptions {
  /** Whose customer it is. Left out, whose it was before, or whose `stripe_customer_id` it is. */
  customerProfileId?: string;
}

/** The mirror of Stripe's customers. */
@Injectable()
export class CustomerService {
  constructor(private readonly customers: CustomerRepository) {}

  /**
   * Writes a customer's state, unless a newer one is there. The customer stays with its profile.
   *
   * @throws StripeCustomerUnknownError when it is nobody's
   * @throws StripeCustomerTakenError when it is another profile's
   * @throws CustomerProfileNotFoundError
   */
  async upsert(
    object: StripeCustomerObject,
    version: StripeVersion,
    { customerProfileId: given }: MirrorCustomerOptions = {},
  ): Promise<Mirroring<Customer>> {
    if (given !== undefined && !isUuid(given)) throw new CustomerProfileNotFoundError(given);
    const known = await this.customers.findProfileId(object.id);
    const customerProfileId = given ?? known;
    if (customerProfileId === undefined) throw new StripeCustomerUnknownError(object.id);
    if (known !== undefined && !isSameUuid(known, customerProfileId)) {
      throw new StripeCustomerTakenError(object.id);
    }
    const mirrored = await this.write(
      {
        stripeCustomerId: object.id,
        customerProfileId,
        email: object.email ?? null,
        name: object.name ?? null,
        phone: object.phone ?? null,
        description: object.description ?? null,
        metadata: { ...object.metadata },
        invoiceSettings: { ...object.invoice_settings },
        shipping: { ...object.shipping },
        taxExempt: object.tax_exempt ?? null,
        // Left as they are when Stripe was not asked for them.
        taxIds: object.tax_ids?.data.map((taxId) => ({ ...taxId })),
        livemode: object.livemode,
        stripeUpdatedAt: versionTime(version),
      },
      'customerProfileId',
    );
    // Somebody else made the row in between, for another profile.
    if (!isSameUuid(mirrored.row.customerProfileId, customerProfileId)) {
      throw new StripeCustomerTakenError(object.id);
    }
    return mirrored;
  }

  /**
   * Notes that a customer was deleted in Stripe. The row stays, for what refers to it, and is made where
   * there was none, so that an older state that is still on its way does not bring the customer back.
   *
   * @throws StripeCustomerUnknownError when it is nobody's (yet)
   */
  async markDeleted(
    stripeCustomerId: string,
    version: StripeVersion,
  ): Promise<Mirroring<Customer>> {
    const customerProfileId = await this.customers.findProfileId(stripeCustomerId);
    if (customerProfileId === undefined) throw new StripeCustomerUnknownError(stripeCustomerId);
    const at = versionTime(version);
    return this.write({
      stripeCustomerId,
      customerProfileId,
      stripeDeletedAt: at,
      stripeUpdatedAt: at,
    });
  }

  private async write(
    values: Partial<Customer> & Pick<Customer, 'customerProfileId'>,
    owner?: 'customerProfileId',
  ): Promise<Mirroring<Customer>> {
    try {
      return await withDefaultActor(stripeActor, () =>
        this.customers.mirror(
          { ...values, id: randomUUID() },
          { key: 'stripeCustomerId', fixed: ['id', 'customerProfileId'], owner },
        ),
      );
    } catch (error) {
      if (violatedConstraint(error) === 'customers_customer_profiles_id_fkey') {
        throw new CustomerProfileNotFoundError(values.customerProfileId);
      }
      throw error;
    }
  }
}
