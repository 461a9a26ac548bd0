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
import { CreatedAtColumn, UpdatedAtColumn } from '../../../engine/common/columns.js';
import type { JsonObject } from '../../../engine/common/json.js';
import { Personal, PersonalRecord } from '../../../engine/decorators/personal.decorator.js';
import { Tenant } from '../../../engine/decorators/tenant.decorator.js';
import { CustomerProfile } from '../../identity/entities/customer-profile.entity.js';

/** A price that is subscribed to. */
export interface SubscriptionItem {
  /** Stripe's id, `price_…`. */
  price: string;
  quantity: number;
}

/** The mirror of a subscription in Stripe. */
@PersonalRecord({ of: ['customerProfile'] })
@AuditLabel({ label: 'Subscription', plural: 'Subscriptions', icon: '🔁' })
@Entity('subscriptions')
@Index('idx_subscriptions_customer_profile', ['customerProfileId'])
@Index('idx_subscriptions_status', ['status'])
export class Subscription {
  /** Stripe's id, `sub_…`. */
  @PrimaryColumn('text', {
    name: 'subscriptions_id',
    primaryKeyConstraintName: 'subscriptions_pkey',
  })
  id!: string;

  @Tenant()
  @Column('uuid', { name: 'customer_profiles_id' })
  customerProfileId!: string;

  /** Stripe's status, such as `active`, `trialing`, `past_due` or `canceled`. */
  @Column('text')
  status!: string;

  @Column({ type: 'timestamptz', name: 'current_period_start', precision: 6 })
  currentPeriodStart!: Date;

  @Column({ type: 'timestamptz', name: 'current_period_end', precision: 6 })
  currentPeriodEnd!: Date;

  @Column('boolean', { name: 'cancel_at_period_end', default: false })
  cancelAtPeriodEnd!: boolean;

  /** The time at which the subscription is scheduled to end. */
  @Column({ type: 'timestamptz', name: 'cancel_at', precision: 6, nullable: true })
  cancelAt!: Date | null;

  /** The time at which the customer cancelled. The subscription may end later. */
  @Column({ type: 'timestamptz', name: 'canceled_at', precision: 6, nullable: true })
  canceledAt!: Date | null;

  /** The prices that are subscribed to. Null when Stripe's object came without its items. */
  @Column('jsonb', { nullable: true })
  items!: SubscriptionItem[] | null;

  /** Stripe's key-value metadata of the object. */
  @Personal()
  @Column('jsonb', { default: {} })
  metadata!: JsonObject;

  /** False for an object of Stripe's test mode. */
  @Column('boolean', { default: false })
  livemode!: boolean;

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

  @ManyToOne(() => CustomerProfile, (profile) => profile.subscriptions, {
    onDelete: 'CASCADE',
    onUpdate: 'CASCADE',
  })
  @JoinColumn({
    name: 'customer_profiles_id',
    foreignKeyConstraintName: 'subscriptions_customer_profiles_id_fkey',
  })
  customerProfile!: Relation<CustomerProfile>;
}
