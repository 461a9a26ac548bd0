import { CustomerProfile } from '../../domains/identity/entities/customer-profile.entity.js';
import { Permission } from '../../domains/identity/entities/permission.entity.js';
import { User } from '../../domains/identity/entities/user.entity.js';
import { ApiKey } from '../../domains/organizations/entities/api-key.entity.js';
import { OrganizationUserPermission } from '../../domains/organizations/entities/organization-user-permission.entity.js';
import { OrganizationUserStatus } from '../../domains/organizations/entities/organization-user-status.enum.js';
import { OrganizationUser } from '../../domains/organizations/entities/organization-user.entity.js';
import { digest, factory } from './factory.js';

export const organizationsFactories = [
  factory(OrganizationUser, { customerProfileId: CustomerProfile, userId: User }, () => ({
    status: OrganizationUserStatus.Active,
  })),
  factory(
    OrganizationUserPermission,
    { organizationUserId: OrganizationUser, permissionId: Permission },
    () => ({}),
  ),
  factory(ApiKey, { customerProfileId: CustomerProfile }, () => ({ apiKeyHash: digest() })),
];
