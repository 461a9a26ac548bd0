import { Column, Entity, OneToMany, PrimaryColumn, type Relation } from 'typeorm';
import { AuditLabel } from '../../../engine/decorators/audit-label.decorator.js';
import { CreatedAtColumn, UpdatedAtColumn } from '../../../engine/common/columns.js';
import type { JsonObject } from '../../../engine/common/json.js';
import { StripePrice } from './stripe-price.entity.js';

/** The mirror of a product in Stripe: something that a customer can subscribe to. */
@AuditLabel({ label: 'Product', plural: 'Products', icon: '📦' })
@Entity('products')
export class StripeProduct {
  /** Stripe's id, `prod_…`. */
  @PrimaryColumn('text', { name: 'products_id', primaryKeyConstraintName: 'products_pkey' })
  id!: string;

  @Column('text', { nullable: true })
  name!: string | null;

  @Column('text', { nullable: true })
  description!: string | null;

  /** Whether the product can be bought. */
  @Column('boolean', { default: true })
  active!: boolean;

  /** Stripe's key-value metadata of the object. */
  @Column('jsonb', { default: {} })
  metadata!: JsonObject;

  /** URLs of pictures. */
  @Column('text', { array: true, default: [] })
  images!: string[];

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

  @OneToMany(() => StripePrice, (price) => price.product)
  prices!: Relation<StripePrice>[];
}
