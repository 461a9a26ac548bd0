import {
  Column,
  Entity,
  Index,
  JoinColumn,
  ManyToOne,
  PrimaryColumn,
  type Relation,
} from 'typeorm';
import { AuditLabel } from '../../../engine/decorators/audit-label.decorator.js';
import { CreatedAtColumn } from '../../../engine/common/columns.js';
import type { JsonObject } from '../../../engine/common/json.js';
import { Personal, PersonalRecord } from '../../../engine/decorators/personal.decorator.js';
import { Tenant } from '../../../engine/decorators/tenant.decorator.js';
import { Customer } from './customer.entity.js';

/** The mirror of a checkout session in Stripe. */
@PersonalRecord({ of: ['customer'] })
@AuditLabel({ label: 'Checkout session', plural: 'Checkout sessions', icon: '🛒' })
@Entity('stripe_checkout_sessions')
@Index('stripe_checkout_sessions_customers_id_idx', ['customerId'])
export class StripeCheckoutSession {
  /** Stripe's id, `cs_…`. */
  @PrimaryColumn('text', {
    name: 'stripe_checkout_sessions_id',
    primaryKeyConstraintName: 'stripe_checkout_sessions_pkey',
  })
  id!: string;

  @Column('uuid', { name: 'customers_id' })
  customerId!: string;

  /** `paid`, `unpaid` or `no_payment_required`. */
  @Column('text', { name: 'payment_status' })
  paymentStatus!: string;

  /** `payment`, `setup` or `subscription`. */
  @Column('text')
  mode!: string;

  /** In the minor unit of the currency (cents for `usd`), as a decimal string. */
  @Column('bigint', { name: 'amount_total', nullable: true })
  amountTotal!: string | null;

  /** ISO 4217 in lower case, such as `usd`. */
  @Column('text')
  currency!: string;

  /** The URL of the payment page, while the session is open. */
  @Personal()
  @Column('text', { nullable: true })
  url!: string | null;

  /** Stripe's key-value metadata of the object. */
  @Personal()
  @Column('jsonb', { default: {} })
  metadata!: JsonObject;

  @Column({ type: 'timestamptz', name: 'completed_at', precision: 6, nullable: true })
  completedAt!: Date | null;

  @Column({ type: 'timestamptz', name: 'expires_at', precision: 6, nullable: true })
  expiresAt!: Date | null;

  /**
   * The time of the Stripe event that last updated the row. An older event does not overwrite it. Null when
   * no event has updated the row yet.
   */
  @Column({ type: 'timestamptz', name: 'stripe_updated_at', precision: 6, nullable: true })
  stripeUpdatedAt!: Date | null;

  @CreatedAtColumn()
  createdAt!: Date;

  @Tenant()
  @ManyToOne(() => Customer, (customer) => customer.checkoutSessions, {
    onDelete: 'CASCADE',
    onUpdate: 'CASCADE',
  })
  @JoinColumn({
    name: 'customers_id',
    foreignKeyConstraintName: 'stripe_checkout_sessions_customers_id_fkey',
  })
  customer!: Relation<Customer>;
}
