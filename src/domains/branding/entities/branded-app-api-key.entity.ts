import { Column, Entity, Index, JoinColumn, ManyToOne, type Relation, Unique } from 'typeorm';
import { AuditLabel } from '../../../engine/decorators/audit-label.decorator.js';
import {
  CreatedAtColumn,
  PrimaryUuidColumn,
  UpdatedAtColumn,
} from '../../../engine/common/columns.js';
import { ForwardOnly } from '../../../engine/decorators/forward-only.decorator.js';
import { Sensitive } from '../../../engine/decorators/sensitive.decorator.js';
import { Tenant } from '../../../engine/decorators/tenant.decorator.js';
import { BrandedApp } from './branded-app.entity.js';
import { BrandingStatus } from './branding-status.enum.js';

/** An API key of a white-label app. */
@AuditLabel({
  label: 'Key of a branded app',
  plural: 'Keys of branded apps',
  icon: '🔑',
  title: 'description',
})
@Entity('branded_app_api_keys')
@Unique('branded_app_api_keys_branded_apps_id_api_key_hash_key', ['brandedAppId', 'apiKeyHash'])
@Index('branded_app_api_keys_api_key_hash_idx', ['apiKeyHash'])
export class BrandedAppApiKey {
  @PrimaryUuidColumn('branded_app_api_keys_id', 'branded_app_api_keys_pkey')
  id!: string;

  @Column('uuid', { name: 'branded_apps_id' })
  brandedAppId!: string;

  /** The hash by which the key is found. The key itself is shown once and never stored. */
  @Sensitive()
  @Column('text', { name: 'api_key_hash' })
  apiKeyHash!: string;

  @Column('text', { nullable: true })
  description!: string | null;

  /** The approximate time of the last use: by default recorded at most once in 15 minutes. */
  @ForwardOnly()
  @Column({ type: 'timestamptz', name: 'last_used_at', precision: 6, nullable: true })
  lastUsedAt!: Date | null;

  @Column('enum', {
    enum: BrandingStatus,
    enumName: 'branding_status',
    default: BrandingStatus.Active,
  })
  status!: BrandingStatus;

  /** From this time the key grants no access, whatever its status; null means that it never expires. */
  @Column({ type: 'timestamptz', name: 'expires_at', precision: 6, nullable: true })
  expiresAt!: Date | null;

  @CreatedAtColumn()
  createdAt!: Date;

  @UpdatedAtColumn()
  updatedAt!: Date;

  @Tenant()
  @ManyToOne(() => BrandedApp, (brandedApp) => brandedApp.apiKeys, {
    onDelete: 'CASCADE',
    onUpdate: 'CASCADE',
  })
  @JoinColumn({
    name: 'branded_apps_id',
    foreignKeyConstraintName: 'branded_app_api_keys_branded_apps_id_fkey',
  })
  brandedApp!: Relation<BrandedApp>;
}
