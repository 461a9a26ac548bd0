import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { repositoryProvider } from '../common/repository-provider.js';
import { ApiKey } from './entities/api-key.entity.js';
import { OrganizationUserPermission } from './entities/organization-user-permission.entity.js';
import { OrganizationUser } from './entities/organization-user.entity.js';
import { ApiKeyRepository } from './repositories/api-key.repository.js';
import { OrganizationUserRepository } from './repositories/organization-user.repository.js';

/** The members of a customer's organization, and its API keys. */
@Module({
  imports: [TypeOrmModule.forFeature([OrganizationUser, OrganizationUserPermission, ApiKey])],
  providers: [
    repositoryProvider(OrganizationUserRepository, OrganizationUser),
    repositoryProvider(ApiKeyRepository, ApiKey),
  ],
  exports: [TypeOrmModule, OrganizationUserRepository, ApiKeyRepository],
})
export class OrganizationsModule {}
