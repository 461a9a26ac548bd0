import { Account } from './account.entity.js';
import { CustomerProfile } from './customer-profile.entity.js';
import { Permission } from './permission.entity.js';
import { Role } from './role.entity.js';
import { RolePermission } from './role-permission.entity.js';
import { Session } from './session.entity.js';
import { SingerProfile } from './singer-profile.entity.js';
import { User } from './user.entity.js';
import { UserRole } from './user-role.entity.js';
import { VerificationToken } from './verification-token.entity.js';

/** The tables of this domain. */
export const identityEntities = [
  User,
  Role,
  Permission,
  RolePermission,
  UserRole,
  Account,
  Session,
  VerificationToken,
  SingerProfile,
  CustomerProfile,
];
