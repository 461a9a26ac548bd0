import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { Customer } from '../billing/entities/customer.entity.js';
import { repositoryProvider } from '../../engine/common/repository-provider.js';
import { PurgeRegistry } from '../../engine/maintenance/purge-registry.js';
import { organizationsEntities } from './entities/index.js';
import { CustomerProfile } from '../identity/entities/customer-profile.entity.js';
import { ApiKey } from './entities/api-key.entity.js';
import { OrganizationUser } from './entities/organization-user.entity.js';
import { ApiKeyRepository } from './repositories/api-key.repository.js';
import { OrganizationUserRepository } from './repositories/organization-user.repository.js';
import { ApiKeyService } from './services/api-key.service.js';
import { OrganizationService } from './services/organization.service.js';

/** The members of a customer's organization, and its API keys. */
@Module({
  imports: [TypeOrmModule.forFeature([...organizationsEntities, Customer, CustomerProfile])],
  providers: [
    repositoryProvider(OrganizationUserRepository, OrganizationUser),
    repositoryProvider(ApiKeyRepository, ApiKey),
    OrganizationService,
    ApiKeyService,
  ],
  exports: [OrganizationUserRepository, ApiKeyRepository, OrganizationService, ApiKeyService],
})
export class OrganizationsModule {
  constructor(purges: PurgeRegistry, organizations: OrganizationService, keys: ApiKeyService) {
    purges.add('expired invitations', () => organizations.expireInvitations());
    purges.add('expired API keys', () => keys.expireOverdue());
  }
}
