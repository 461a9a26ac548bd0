export { BrandingModule } from './branding.module.js';
export { brandedAppKeyActor } from './services/branded-app-key-actor.js';
export { BrandedAppApiKey } from './entities/branded-app-api-key.entity.js';
export { BrandedApp } from './entities/branded-app.entity.js';
export { BrandingOwnerType } from './entities/branding-owner-type.enum.js';
export { BrandingProfile, type ColorPalette } from './entities/branding-profile.entity.js';
export { BrandingStatus } from './entities/branding-status.enum.js';
export { BrandedAppApiKeyRepository } from './repositories/branded-app-api-key.repository.js';
export {
  BrandingProfileRepository,
  type BrandingKeys,
} from './repositories/branding-profile.repository.js';
export {
  BrandedAppApiKeyService,
  type BrandedAppKeyOptions,
  type IssueBrandedAppKeyOptions,
  type IssuedBrandedAppKey,
} from './services/branded-app-api-key.service.js';
export { BrandingService, type BrandingQuery } from './services/branding.service.js';
export {
  BrandedAppKeyNotFoundError,
  BrandedAppKeyRejectedError,
  BrandedAppKeyTransitionError,
  BrandedAppNotFoundError,
  BrandingMissingError,
} from './errors.js';
