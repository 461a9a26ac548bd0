import { Column, Entity, Index, JoinColumn, ManyToOne, type Relation, Unique } from 'typeorm';
import { AuditLabel } from '../../../engine/decorators/audit-label.decorator.js';
import { Customer } from '../../billing/entities/customer.entity.js';
import {
  CreatedAtColumn,
  PrimaryUuidColumn,
  UpdatedAtColumn,
} from '../../../engine/common/columns.js';
import type { JsonObject } from '../../../engine/common/json.js';
import { ForwardOnly } from '../../../engine/decorators/forward-only.decorator.js';
import { Sensitive } from '../../../engine/decorators/sensitive.decorator.js';
import { Tenant } from '../../../engine/decorators/tenant.decorator.js';
import { CustomerProfile } from '../../identity/entities/customer-profile.entity.js';
import { User } from '../../identity/entities/user.entity.js';
import { ApiKeyStatus } from './api-key-status.enum.js';

/** An API key of a customer's program, such as OpenKJ. */
@AuditLabel({ label: 'API key', plural: 'API keys', icon: '🔑', title: 'description' })
@Entity('api_keys')
@Unique('api_keys_api_key_hash_key', ['apiKeyHash'])
@Index('idx_api_keys_customer_profile', ['customerProfileId'])
@Index('idx_api_keys_customer', ['customerId'])
@Index('api_keys_created_by_users_id_idx', ['createdByUserId'])
@Index('idx_api_keys_expires', ['expiresAt'])
export class ApiKey {
  @PrimaryUuidColumn('api_keys_id', 'api_keys_pkey')
  id!: string;

  @Tenant()
  @Column('uuid', { name: 'customer_profiles_id' })
  customerProfileId!: string;

  /** The Stripe customer that is billed for the key's use. */
  @Column('uuid', { name: 'customers_id', nullable: true })
  customerId!: string | null;

  @Column('uuid', { name: 'created_by_users_id', nullable: true })
  createdByUserId!: string | null;

  @Column('text', { nullable: true })
  description!: string | null;

  /** The hash by which the key is found. The key itself is shown once and never stored. */
  @Sensitive()
  @Column('text', { name: 'api_key_hash' })
  apiKeyHash!: string;

  /** The approximate time of the last use: by default recorded at most once in 15 minutes. */
  @ForwardOnly()
  @Column({ type: 'timestamptz', name: 'last_used_at', precision: 6, nullable: true })
  lastUsedAt!: Date | null;

  @Column('enum', {
    enum: ApiKeyStatus,
    enumName: 'api_key_status',
    default: ApiKeyStatus.Active,
  })
  status!: ApiKeyStatus;

  /** From this time the key grants no access, whatever its status; null means that it never expires. */
  @Column({ type: 'timestamptz', name: 'expires_at', precision: 6, nullable: true })
  expiresAt!: Date | null;

  @Column({ type: 'timestamptz', name: 'revoked_at', precision: 6, nullable: true })
  revokedAt!: Date | null;

  /** Additional data of the application about the key, in the application's own format. */
  @Column('jsonb', { nullable: true, default: {} })
  metadata!: JsonObject | null;

  @CreatedAtColumn()
  createdAt!: Date;

  @UpdatedAtColumn()
  updatedAt!: Date;

  @ManyToOne(() => CustomerProfile, (profile) => profile.apiKeys, {
    onDelete: 'CASCADE',
    onUpdate: 'CASCADE',
  })
  @JoinColumn({
    name: 'customer_profiles_id',
    foreignKeyConstraintName: 'api_keys_customer_profiles_id_fkey',
  })
  customerProfile!: Relation<CustomerProfile>;

  @ManyToOne(() => Customer, (customer) => customer.apiKeys, {
    onDelete: 'SET NULL',
    onUpdate: 'CASCADE',
  })
  @JoinColumn({ name: 'customers_id', foreignKeyConstraintName: 'api_keys_customers_id_fkey' })
  customer!: Relation<Customer> | null;

  @ManyToOne(() => User, (user) => user.apiKeys, { onDelete: 'SET NULL', onUpdate: 'CASCADE' })
  @JoinColumn({
    name: 'created_by_users_id',
    foreignKeyConstraintName: 'api_keys_created_by_users_id_fkey',
  })
  createdBy!: Relation<User> | null;
}
