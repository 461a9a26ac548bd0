import { BrandedApp } from './branded-app.entity.js';
import { BrandedAppApiKey } from './branded-app-api-key.entity.js';
import { BrandingProfile } from './branding-profile.entity.js';

/** The tables of this domain. */
export const brandingEntities = [BrandingProfile, BrandedApp, BrandedAppApiKey];
