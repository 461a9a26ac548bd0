import { BrandedAppApiKey } from '../../domains/branding/entities/branded-app-api-key.entity.js';
import { BrandedApp } from '../../domains/branding/entities/branded-app.entity.js';
import { BrandingOwnerType } from '../../domains/branding/entities/branding-owner-type.enum.js';
import { BrandingProfile } from '../../domains/branding/entities/branding-profile.entity.js';
import { CustomerProfile } from '../../domains/identity/entities/customer-profile.entity.js';
import { digest, factory, unique } from './factory.js';

export const brandingFactories = [
  factory(
    BrandingProfile,
    {},
    async ({ ownerType = BrandingOwnerType.Customer, ownerId }, make) => ({
      ownerType,
      // A profile of the platform has no owner.
      ownerId:
        ownerId === undefined && ownerType === BrandingOwnerType.Customer
          ? (await make(CustomerProfile)).id
          : null,
      name: unique('Look '),
    }),
  ),
  factory(
    BrandedApp,
    { customerProfileId: CustomerProfile, brandingProfileId: BrandingProfile },
    () => ({ name: unique('App '), platform: 'ios' }),
  ),
  factory(BrandedAppApiKey, { brandedAppId: BrandedApp }, () => ({ apiKeyHash: digest() })),
];
