import { Column, Entity, Index, OneToMany, type Relation, Unique } from 'typeorm';
import { AuditLabel } from '../../../engine/decorators/audit-label.decorator.js';
import {
  CreatedAtColumn,
  PrimaryUuidColumn,
  UpdatedAtColumn,
} from '../../../engine/common/columns.js';
import type { JsonObject } from '../../../engine/common/json.js';
import { Tenant } from '../../../engine/decorators/tenant.decorator.js';
import { BrandedApp } from './branded-app.entity.js';
import { BrandingOwnerType } from './branding-owner-type.enum.js';
import { BrandingStatus } from './branding-status.enum.js';

/** CSS colours by their role, such as `#6366F1`. */
export interface ColorPalette {
  primary?: string;
  secondary?: string;
  accent?: string;
  [role: string]: string | undefined;
}

/**
 * The look of an app: the platform's own, or a customer's.
 *
 * The unique constraint is `NULLS NOT DISTINCT`, so the platform's profiles, which have no owner, have
 * unique names too. The migration declares this, because TypeORM cannot. It also creates the index
 * `branding_profiles_lower_domain_idx`, which serves the search by host name.
 */
@AuditLabel({ label: 'Branding profile', plural: 'Branding profiles', icon: '🎨' })
@Entity('branding_profiles')
@Unique('branding_profiles_owner_type_owner_id_name_key', ['ownerType', 'ownerId', 'name'])
@Index('branding_profiles_owner_id_idx', ['ownerId'])
@Index('branding_profiles_app_bundle_id_idx', ['appBundleId'])
@Index('branding_profiles_app_package_name_idx', ['appPackageName'])
export class BrandingProfile {
  @PrimaryUuidColumn('branding_profiles_id', 'branding_profiles_pkey')
  id!: string;

  @Column('enum', {
    name: 'owner_type',
    enum: BrandingOwnerType,
    enumName: 'branding_owner_type',
  })
  ownerType!: BrandingOwnerType;

  /** The customer profile's id; null for the platform. There is no foreign key. */
  @Tenant()
  @Column('uuid', { name: 'owner_id', nullable: true })
  ownerId!: string | null;

  @Column('text')
  name!: string;

  @Column('text', { name: 'logo_url', nullable: true })
  logoUrl!: string | null;

  @Column('jsonb', { name: 'color_palette', default: {} })
  colorPalette!: ColorPalette;

  /** Whether the app shows "powered by Singr". */
  @Column('boolean', { name: 'powered_by_singr', default: true })
  poweredBySingr!: boolean;

  /** The host name of the web app, such as `sing.example.com`. */
  @Column('text', { nullable: true })
  domain!: string | null;

  /** Apple's bundle identifier, such as `com.example.sing`. */
  @Column('text', { name: 'app_bundle_id', nullable: true })
  appBundleId!: string | null;

  /** Android's package name, such as `com.example.sing`. */
  @Column('text', { name: 'app_package_name', nullable: true })
  appPackageName!: string | null;

  @Column('enum', {
    enum: BrandingStatus,
    enumName: 'branding_status',
    default: BrandingStatus.Active,
  })
  status!: BrandingStatus;

  /** Additional data of the application about the profile, in the application's own format. */
  @Column('jsonb', { nullable: true, default: {} })
  metadata!: JsonObject | null;

  @CreatedAtColumn()
  createdAt!: Date;

  @UpdatedAtColumn()
  updatedAt!: Date;

  @OneToMany(() => BrandedApp, (brandedApp) => brandedApp.brandingProfile)
  brandedApps!: Relation<BrandedApp>[];
}
