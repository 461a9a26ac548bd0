import { Account } from '../../domains/identity/entities/account.entity.js';
import { CustomerProfile } from '../../domains/identity/entities/customer-profile.entity.js';
import { Permission } from '../../domains/identity/entities/permission.entity.js';
import { RolePermission } from '../../domains/identity/entities/role-permission.entity.js';
import { Role } from '../../domains/identity/entities/role.entity.js';
import { Session } from '../../domains/identity/entities/session.entity.js';
import { SingerProfile } from '../../domains/identity/entities/singer-profile.entity.js';
import { UserRole } from '../../domains/identity/entities/user-role.entity.js';
import { User } from '../../domains/identity/entities/user.entity.js';
import { VerificationToken } from '../../domains/identity/entities/verification-token.entity.js';
import { digest, factory, inDays, unique } from './factory.js';

export const identityFactories = [
  factory(User, {}, () => ({ email: `${unique('user-')}@example.com`, name: 'Test User' })),
  factory(Role, {}, () => ({ slug: unique('role_') })),
  factory(Permission, {}, () => ({ slug: `${unique('things_')}:read` })),
  factory(RolePermission, { roleId: Role, permissionId: Permission }, () => ({})),
  factory(UserRole, { userId: User, roleId: Role }, () => ({})),
  factory(Account, { userId: User }, () => ({
    provider: 'google',
    providerAccountId: unique(''),
    type: 'oauth',
  })),
  factory(Session, { userId: User }, () => ({ sessionToken: digest(), expiresAt: inDays(30) })),
  factory(VerificationToken, {}, () => ({
    identifier: `${unique('user-')}@example.com`,
    token: digest(),
    expiresAt: inDays(1),
  })),
  factory(SingerProfile, { userId: User }, () => ({ nickname: 'Test Singer' })),
  factory(CustomerProfile, { userId: User }, () => ({ legalBusinessName: 'Test Karaoke LLC' })),
];
