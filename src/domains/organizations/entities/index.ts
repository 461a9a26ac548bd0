import { ApiKey } from './api-key.entity.js';
import { OrganizationUser } from './organization-user.entity.js';
import { OrganizationUserPermission } from './organization-user-permission.entity.js';

/** The tables of this domain. */
export const organizationsEntities = [OrganizationUser, OrganizationUserPermission, ApiKey];
