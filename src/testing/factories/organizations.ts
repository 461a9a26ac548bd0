import { CustomerProfile } from '../../identity/entities/customer-profile.entity.js';
import { Permission } from '../../identity/entities/permission.entity.js';
import { User } from '../../identity/entities/user.entity.js';
import { ApiKey } from '../../organizations/entities/api-key.entity.js';
import { OrganizationUserPermission } from '../../organizations/entities/organization-user-permission.entity.js';
import { OrganizationUserStatus } from '../../organizations/entities/organization-user-status.enum.js';
import { OrganizationUser } from '../../organizations/entities/organization-user.entity.js';
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
