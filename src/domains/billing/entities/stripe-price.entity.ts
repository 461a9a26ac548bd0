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
import type { JsonObject, JsonValue } from '../../../engine/common/json.js';
import { StripeProduct } from './stripe-product.entity.js';

/** A price's billing interval, as Stripe gives it. */
export interface StripeRecurring {
  interval: 'day' | 'week' | 'month' | 'year';
  /** The number of intervals between two invoices. */
  interval_count: number;
  [field: string]: JsonValue;
}

/** The mirror of a price in Stripe: the amount and the billing interval of a product. */
@AuditLabel({ label: 'Price', plural: 'Prices', icon: '🏷️' })
@Entity('prices')
@Index('idx_prices_product', ['productId'])
@Index('idx_prices_active', ['active'])
export class StripePrice {
  /** Stripe's id, `price_…`. */
  @PrimaryColumn('text', { name: 'prices_id', primaryKeyConstraintName: 'prices_pkey' })
  id!: string;

  @Column('text', { name: 'product_id' })
  productId!: string;

  /** Whether the price can be used for new purchases. */
  @Column('boolean', { default: true })
  active!: boolean;

  /** ISO 4217 in lower case, such as `usd`. */
  @Column('char', { length: 3 })
  currency!: string;

  /** `one_time` or `recurring`. */
  @Column('text')
  type!: string;

  /** Null for a price that is charged once. */
  @Column('jsonb', { nullable: true })
  recurring!: StripeRecurring | null;

  /** In the minor unit of the currency (cents for `usd`), as a decimal string. */
  @Column('bigint', { name: 'unit_amount', nullable: true })
  unitAmount!: string | null;

  /** Stripe's key-value metadata of the object. */
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

  @ManyToOne(() => StripeProduct, (product) => product.prices, {
    onDelete: 'CASCADE',
    onUpdate: 'CASCADE',
  })
  @JoinColumn({ name: 'product_id', foreignKeyConstraintName: 'prices_product_id_fkey' })
  product!: Relation<StripeProduct>;
}
