import { IsNull } from 'typeorm';
import { DomainRepository } from '../../common/domain.repository.js';
import { foldedAscii } from '../../../engine/common/fold-ascii.js';
import { BrandingOwnerType } from '../entities/branding-owner-type.enum.js';
import { BrandingProfile } from '../entities/branding-profile.entity.js';
import { BrandingStatus } from '../entities/branding-status.enum.js';

/** The identifiers of an app that is starting. The first match decides. */
export interface BrandingKeys {
  readonly domain: string | null;
  readonly bundleId: string | null;
  readonly packageName: string | null;
  readonly customerProfileId: string | null;
}

/**
 * Each branch uses its own index, and finds nothing for a null key. Of several matching profiles the oldest
 * wins, so nobody can take over a host name by claiming it too.
 */
const resolve = `
  SELECT profile.* FROM (
    SELECT 1 AS precedence, branding_profiles_id FROM branding_profiles WHERE ${foldedAscii('domain')} = $1
    UNION ALL
    SELECT 2, branding_profiles_id FROM branding_profiles WHERE app_bundle_id = $2
    UNION ALL
    SELECT 3, branding_profiles_id FROM branded_apps
    WHERE bundle_identifier = $2 AND status = 'active'
    UNION ALL
    SELECT 4, branding_profiles_id FROM branding_profiles WHERE app_package_name = $3
    UNION ALL
    SELECT 5, branding_profiles_id FROM branded_apps
    WHERE bundle_identifier = $3 AND status = 'active'
    UNION ALL
    SELECT 6, branding_profiles_id FROM branding_profiles
    WHERE owner_id = $4::uuid AND owner_type = 'customer'
    UNION ALL
    SELECT 7, branding_profiles_id FROM branding_profiles
    WHERE owner_id IS NULL AND owner_type = 'platform'
  ) match
  JOIN branding_profiles profile USING (branding_profiles_id)
  WHERE profile.status = 'active'
  ORDER BY match.precedence, profile.created_at, profile.branding_profiles_id
  LIMIT 1`;

export class BrandingProfileRepository extends DomainRepository<BrandingProfile> {
  /** The fallback of apps: the platform's oldest active profile. */
  findPlatformDefault(): Promise<BrandingProfile | null> {
    return this.findOne({
      where: {
        ownerType: BrandingOwnerType.Platform,
        ownerId: IsNull(),
        status: BrandingStatus.Active,
      },
      order: { createdAt: 'ASC', id: 'ASC' },
    });
  }

  /** The active profile for an app, or the platform's profile. One query. */
  async resolve(keys: BrandingKeys): Promise<BrandingProfile | null> {
    const { domain, bundleId, packageName, customerProfileId } = keys;
    return this.entityOf(
      await this.read(resolve, [domain, bundleId, packageName, customerProfileId]),
    );
  }
}
