import { IsNull, Repository } from 'typeorm';
import { BrandingOwnerType } from '../entities/branding-owner-type.enum.js';
import { BrandingProfile } from '../entities/branding-profile.entity.js';
import { BrandingStatus } from '../entities/branding-status.enum.js';

export class BrandingProfileRepository extends Repository<BrandingProfile> {
  /** What an app falls back to: the platform's oldest active profile. */
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
}
