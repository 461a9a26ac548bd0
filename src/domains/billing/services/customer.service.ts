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
  /**
   * The customer's profile. Default: the profile of the existing row, or the one with this
   * `stripe_customer_id`.
   */
  customerProfileId?: string;
}

/** The mirror of Stripe's customers. */
@Injectable()
export class CustomerService {
  constructor(private readonly customers: CustomerRepository) {}

  /**
   * Writes a customer's state, unless the row holds a newer one. The customer's profile does not change.
   *
   * @throws StripeCustomerUnknownError when no customer profile is known for the customer
   * @throws StripeCustomerTakenError when the customer belongs to another profile
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
        // Undefined leaves the column unchanged: Stripe returns tax ids only on request.
        taxIds: object.tax_ids?.data.map((taxId) => ({ ...taxId })),
        livemode: object.livemode,
        stripeUpdatedAt: versionTime(version),
      },
      'customerProfileId',
    );
    // A concurrent call has inserted the row for another profile.
    if (!isSameUuid(mirrored.row.customerProfileId, customerProfileId)) {
      throw new StripeCustomerTakenError(object.id);
    }
    return mirrored;
  }

  /**
   * Marks a customer as deleted in Stripe. The row is kept because other rows refer to it, or created if
   * missing, so that an older state that arrives later does not restore the customer.
   *
   * @throws StripeCustomerUnknownError when no customer profile is known for the customer (yet)
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
