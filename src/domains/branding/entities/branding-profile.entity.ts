import { Column, Entity, Index, OneToMany, type Relation, Unique } from 'typeorm';
import {
  CreatedAtColumn,
  PrimaryUuidColumn,
  UpdatedAtColumn,
} from '../../../engine/common/columns.js';
import type { JsonObject } from '../../../engine/common/json.js';
import { BrandedApp } from './branded-app.entity.js';
import { BrandingOwnerType } from './branding-owner-type.enum.js';
import { BrandingStatus } from './branding-status.enum.js';

/** Colours by their role, as CSS colours such as `#6366F1`. */
export interface ColorPalette {
  primary?: string;
  secondary?: string;
  accent?: string;
  [role: string]: string | undefined;
}

/**
 * How an app looks: the platform's own look, or a customer's.
 *
 * The unique constraint is `NULLS NOT DISTINCT`, so that the platform, whose profiles have no owner, has
 * one profile of a name as well. The migration says so, because TypeORM cannot; it also makes the index
 * `branding_profiles_lower_domain_idx`, by which an app's host name is looked up.
 */
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

  /** The customer profile's id; null for the platform. No foreign key. */
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

  /** What the application keeps of the profile beside its columns, in a format of its own. */
  @Column('jsonb', { nullable: true, default: {} })
  metadata!: JsonObject | null;

  @CreatedAtColumn()
  createdAt!: Date;

  @UpdatedAtColumn()
  updatedAt!: Date;

  @OneToMany(() => BrandedApp, (brandedApp) => brandedApp.brandingProfile)
  brandedApps!: Relation<BrandedApp>[];
}
