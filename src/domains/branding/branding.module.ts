import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { repositoryProvider } from '../../engine/common/repository-provider.js';
import { brandingEntities } from './entities/index.js';
import { BrandedAppApiKey } from './entities/branded-app-api-key.entity.js';
import { BrandingProfile } from './entities/branding-profile.entity.js';
import { BrandedAppApiKeyRepository } from './repositories/branded-app-api-key.repository.js';
import { BrandingProfileRepository } from './repositories/branding-profile.repository.js';
import { BrandedAppApiKeyService } from './services/branded-app-api-key.service.js';
import { BrandingService } from './services/branding.service.js';

/** The look of apps, and white-label apps with their keys. */
@Module({
  imports: [TypeOrmModule.forFeature(brandingEntities)],
  providers: [
    repositoryProvider(BrandingProfileRepository, BrandingProfile),
    repositoryProvider(BrandedAppApiKeyRepository, BrandedAppApiKey),
    BrandingService,
    BrandedAppApiKeyService,
  ],
  exports: [
    BrandingProfileRepository,
    BrandedAppApiKeyRepository,
    BrandingService,
    BrandedAppApiKeyService,
  ],
})
export class BrandingModule {}
