import type { EntityManager } from 'typeorm';
import { Permission } from '../src/domains/identity/entities/permission.entity.js';
import { RolePermission } from '../src/domains/identity/entities/role-permission.entity.js';
import { Role } from '../src/domains/identity/entities/role.entity.js';
import { UserRole } from '../src/domains/identity/entities/user-role.entity.js';
import { User } from '../src/domains/identity/entities/user.entity.js';
import { OrganizationUserPermission } from '../src/domains/organizations/entities/organization-user-permission.entity.js';
import { OrganizationUser } from '../src/domains/organizations/entities/organization-user.entity.js';
import type { SeedReport } from './seed-report.js';

/** In the order of deletion: tables before those that they refer to. */
const cleared = [
  OrganizationUserPermission,
  OrganizationUser,
  UserRole,
  RolePermission,
  Role,
  Permission,
  User,
];

/**
 * Deletes all users, roles and permissions, and by cascade their profiles, venues, systems, songs and requests. It
 * uses DELETE instead of TRUNCATE, so that the audit trail has every deleted row.
 */
export async function clearData(manager: EntityManager, report: SeedReport): Promise<void> {
  for (const entity of cleared) {
    const { affected } = await manager.createQueryBuilder().delete().from(entity).execute();
    report.count(manager.dataSource.getMetadata(entity).tableName, 'cleared', affected ?? 0);
  }
}
