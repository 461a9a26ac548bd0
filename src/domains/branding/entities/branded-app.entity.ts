import { Column, Entity, Index, JoinColumn, ManyToOne, OneToMany, type Relation } from 'typeorm';
import { AuditLabel } from '../../../engine/decorators/audit-label.decorator.js';
import {
  CreatedAtColumn,
  PrimaryUuidColumn,
  UpdatedAtColumn,
} from '../../../engine/common/columns.js';
import type { JsonObject } from '../../../engine/common/json.js';
import { Tenant } from '../../../engine/decorators/tenant.decorator.js';
import { CustomerProfile } from '../../identity/entities/customer-profile.entity.js';
import { BrandedAppApiKey } from './branded-app-api-key.entity.js';
import { BrandingProfile } from './branding-profile.entity.js';
import { BrandingStatus } from './branding-status.enum.js';

/** A customer's white-label app. A branding profile cannot be deleted while an app uses it. */
@AuditLabel({ label: 'Branded app', plural: 'Branded apps', icon: '📱' })
@Entity('branded_apps')
@Index('branded_apps_customer_profiles_id_idx', ['customerProfileId'])
@Index('branded_apps_branding_profiles_id_idx', ['brandingProfileId'])
@Index('branded_apps_bundle_identifier_idx', ['bundleIdentifier'])
export class BrandedApp {
  @PrimaryUuidColumn('branded_apps_id', 'branded_apps_pkey')
  id!: string;

  @Tenant()
  @Column('uuid', { name: 'customer_profiles_id' })
  customerProfileId!: string;

  @Column('uuid', { name: 'branding_profiles_id' })
  brandingProfileId!: string;

  @Column('text')
  name!: string;

  /** The app's platform, such as `ios`, `android` or `web`. */
  @Column('text')
  platform!: string;

  /** The bundle identifier or package name, such as `com.example.sing`. */
  @Column('text', { name: 'bundle_identifier', nullable: true })
  bundleIdentifier!: string | null;

  @Column('enum', {
    enum: BrandingStatus,
    enumName: 'branding_status',
    default: BrandingStatus.Active,
  })
  status!: BrandingStatus;

  /** Settings for building or starting the app, in the application's own format. */
  @Column('jsonb', { default: {} })
  config!: JsonObject;

  /** Limits that replace the default ones; null means the default ones. */
  @Column('jsonb', { name: 'rate_limit_override', nullable: true })
  rateLimitOverride!: JsonObject | null;

  @CreatedAtColumn()
  createdAt!: Date;

  @UpdatedAtColumn()
  updatedAt!: Date;

  @ManyToOne(() => CustomerProfile, (profile) => profile.brandedApps, {
    onDelete: 'CASCADE',
    onUpdate: 'CASCADE',
  })
  @JoinColumn({
    name: 'customer_profiles_id',
    foreignKeyConstraintName: 'branded_apps_customer_profiles_id_fkey',
  })
  customerProfile!: Relation<CustomerProfile>;

  @ManyToOne(() => BrandingProfile, (profile) => profile.brandedApps, {
    onDelete: 'RESTRICT',
    onUpdate: 'CASCADE',
  })
  @JoinColumn({
    name: 'branding_profiles_id',
    foreignKeyConstraintName: 'branded_apps_branding_profiles_id_fkey',
  })
  brandingProfile!: Relation<BrandingProfile>;

  @OneToMany(() => BrandedAppApiKey, (apiKey) => apiKey.brandedApp)
  apiKeys!: Relation<BrandedAppApiKey>[];
}
