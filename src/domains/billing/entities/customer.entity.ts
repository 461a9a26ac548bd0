import {
  Column,
  Entity,
  Index,
  JoinColumn,
  ManyToOne,
  OneToMany,
  PrimaryColumn,
  type Relation,
  Unique,
} from 'typeorm';
import { AuditLabel } from '../../../engine/decorators/audit-label.decorator.js';
import { CreatedAtColumn, UpdatedAtColumn } from '../../../engine/common/columns.js';
import type { JsonObject, JsonValue } from '../../../engine/common/json.js';
import { Personal, PersonalRecord } from '../../../engine/decorators/personal.decorator.js';
import { Tenant } from '../../../engine/decorators/tenant.decorator.js';
import { CustomerProfile } from '../../identity/entities/customer-profile.entity.js';
import { ApiKey } from '../../organizations/entities/api-key.entity.js';
import { StripeCheckoutSession } from './stripe-checkout-session.entity.js';

/** A tax id of a customer as Stripe gives it, such as `{ type: 'eu_vat', value: 'DE123456789' }`. */
export interface StripeTaxId {
  type: string;
  value: string | null;
  [field: string]: JsonValue;
}

/** The mirror of a customer in Stripe. */
@PersonalRecord({
  of: ['customerProfile'],
  names: { 'stripe customer': `image->>'stripe_customer_id'` },
})
@AuditLabel({ label: 'Stripe customer', plural: 'Stripe customers', icon: '💳' })
@Entity('customers')
@Unique('customers_stripe_customer_id_key', ['stripeCustomerId'])
@Index('customers_customer_profiles_id_idx', ['customerProfileId'])
export class Customer {
  /** The primary key. The caller sets it: the column has no default. */
  @PrimaryColumn('uuid', { name: 'customers_id', primaryKeyConstraintName: 'customers_pkey' })
  id!: string;

  /** Stripe's id, `cus_…`. */
  @Column('text', { name: 'stripe_customer_id' })
  stripeCustomerId!: string;

  @Tenant()
  @Column('uuid', { name: 'customer_profiles_id' })
  customerProfileId!: string;

  @Personal()
  @Column('text', { nullable: true })
  email!: string | null;

  @Personal()
  @Column('text', { nullable: true })
  name!: string | null;

  /** The phone number as Stripe gives it, not always E.164. */
  @Personal()
  @Column('text', { nullable: true })
  phone!: string | null;

  @Personal()
  @Column('text', { nullable: true })
  description!: string | null;

  /** Stripe's key-value metadata of the object. */
  @Personal()
  @Column('jsonb', { default: {} })
  metadata!: JsonObject;

  /** Stripe's `invoice_settings`, such as the default payment method. */
  @Personal()
  @Column('jsonb', { name: 'invoice_settings', default: {} })
  invoiceSettings!: JsonObject;

  /** Stripe's `shipping`: a name, a phone and an address. */
  @Personal()
  @Column('jsonb', { default: {} })
  shipping!: JsonObject;

  /** `none`, `exempt` or `reverse`. */
  @Column('text', { name: 'tax_exempt', nullable: true })
  taxExempt!: string | null;

  @Personal()
  @Column('jsonb', { name: 'tax_ids', default: [] })
  taxIds!: StripeTaxId[];

  /** False for an object of Stripe's test mode. */
  @Column('boolean', { default: false })
  livemode!: boolean;

  /** The time of deletion in Stripe. The row is kept because other rows refer to it. */
  @Column({ type: 'timestamptz', name: 'stripe_deleted_at', precision: 6, nullable: true })
  stripeDeletedAt!: Date | null;

  /**
   * The time of the Stripe event that last updated the row. An older event does not overwrite it. Null when
   * no event has updated the row yet.
   */
  @Column({ type: 'timestamptz', name: 'stripe_updated_at', precision: 6, nullable: true })
  stripeUpdatedAt!: Date | null;

  @CreatedAtColumn()
  createdAt!: Date;

  @UpdatedAtColumn()
  updatedAt!: Date;

  @ManyToOne(() => CustomerProfile, (profile) => profile.customers, {
    onDelete: 'CASCADE',
    onUpdate: 'CASCADE',
  })
  @JoinColumn({
    name: 'customer_profiles_id',
    foreignKeyConstraintName: 'customers_customer_profiles_id_fkey',
  })
  customerProfile!: Relation<CustomerProfile>;

  @OneToMany(() => ApiKey, (apiKey) => apiKey.customer)
  apiKeys!: Relation<ApiKey>[];

  @OneToMany(() => StripeCheckoutSession, (session) => session.customer)
  checkoutSessions!: Relation<StripeCheckoutSession>[];
}
