import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { repositoryProvider } from '../../engine/common/repository-provider.js';
import { PurgeRegistry } from '../../engine/maintenance/purge-registry.js';
import { identityEntities } from './entities/index.js';
import { Account } from './entities/account.entity.js';
import { CustomerProfile } from './entities/customer-profile.entity.js';
import { Permission } from './entities/permission.entity.js';
import { RolePermission } from './entities/role-permission.entity.js';
import { Session } from './entities/session.entity.js';
import { SingerProfile } from './entities/singer-profile.entity.js';
import { UserRole } from './entities/user-role.entity.js';
import { User } from './entities/user.entity.js';
import { VerificationToken } from './entities/verification-token.entity.js';
import { AccountRepository } from './repositories/account.repository.js';
import { PermissionRepository } from './repositories/permission.repository.js';
import {
  CustomerProfileRepository,
  SingerProfileRepository,
} from './repositories/profile.repository.js';
import { RolePermissionRepository } from './repositories/role-permission.repository.js';
import { SessionRepository } from './repositories/session.repository.js';
import { UserRoleRepository } from './repositories/user-role.repository.js';
import { UserRepository } from './repositories/user.repository.js';
import { VerificationTokenRepository } from './repositories/verification-token.repository.js';
import { AccountService } from './services/account.service.js';
import { PasswordService } from './services/password.service.js';
import { ProfileService } from './services/profile.service.js';
import { RoleService } from './services/role.service.js';
import { SessionService } from './services/session.service.js';
import { UserService } from './services/user.service.js';
import { VerificationTokenService } from './services/verification-token.service.js';

const repositories = [
  UserRepository,
  SessionRepository,
  PermissionRepository,
  CustomerProfileRepository,
];

const services = [
  UserService,
  PasswordService,
  SessionService,
  VerificationTokenService,
  AccountService,
  RoleService,
  ProfileService,
];

/** Users, sign-in, roles and profiles. */
@Module({
  imports: [TypeOrmModule.forFeature(identityEntities)],
  providers: [
    repositoryProvider(UserRepository, User),
    repositoryProvider(SessionRepository, Session),
    repositoryProvider(AccountRepository, Account),
    repositoryProvider(PermissionRepository, Permission),
    repositoryProvider(RolePermissionRepository, RolePermission),
    repositoryProvider(UserRoleRepository, UserRole),
    repositoryProvider(VerificationTokenRepository, VerificationToken),
    repositoryProvider(SingerProfileRepository, SingerProfile),
    repositoryProvider(CustomerProfileRepository, CustomerProfile),
    ...services,
  ],
  exports: [...repositories, ...services],
})
export class IdentityModule {
  constructor(purges: PurgeRegistry, sessions: SessionService, tokens: VerificationTokenService) {
    purges.add('expired sessions', () => sessions.purgeExpired());
    purges.add('expired verification tokens', () => tokens.purgeExpired());
  }
}
