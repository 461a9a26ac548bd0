import { Injectable } from '@nestjs/common';
import type { DeepPartial, EntityManager, EntityTarget } from 'typeorm';
import { BrandingOwnerType } from '../src/domains/branding/entities/branding-owner-type.enum.js';
import { BrandingProfile } from '../src/domains/branding/entities/branding-profile.entity.js';
import { BrandingStatus } from '../src/domains/branding/entities/branding-status.enum.js';
import { Permission } from '../src/domains/identity/entities/permission.entity.js';
import { RolePermission } from '../src/domains/identity/entities/role-permission.entity.js';
import { Role } from '../src/domains/identity/entities/role.entity.js';
import { IsNull } from 'typeorm';
import { permissions } from './permissions.js';
import { roles } from './roles.js';
import { seededId } from './seeded-id.js';
import type { SeedReport } from './seed-report.js';
import { differences, findOrCreate, type Seeder } from './seeder.js';

type Named = Role | Permission;

/** Seeds the rows that every environment needs: roles, permissions and the platform's branding. */
@Injectable()
export class ReferenceDataSeeder implements Seeder {
  async seed(manager: EntityManager, report: SeedReport): Promise<void> {
    const roleIds = await this.bySlug(
      manager,
      report,
      Role,
      Object.entries(roles).map(([slug, { description }]) => ({
        slug,
        description,
        isSystem: true,
      })),
    );
    const permissionIds = await this.bySlug(
      manager,
      report,
      Permission,
      Object.entries(permissions).map(([slug, description]) => ({ slug, description })),
    );
    await this.grants(manager, report, roleIds, permissionIds);
    await this.platformBranding(manager, report);
  }

  /**
   * Inserts missing rows and updates the others. Their texts are defined here, so that changes in the table are
   * overwritten.
   */
  private async bySlug<E extends Named>(
    manager: EntityManager,
    report: SeedReport,
    entity: EntityTarget<E>,
    wanted: (Partial<E> & { slug: string })[],
  ): Promise<Map<string, string>> {
    const table = manager.dataSource.getMetadata(entity).tableName;
    const present = new Map((await manager.find(entity)).map((row) => [row.slug, row]));
    const ids = new Map<string, string>();
    for (const values of wanted) {
      const found = present.get(values.slug);
      const row =
        found ?? manager.create(entity, { id: seededId(table, values.slug) } as DeepPartial<E>);
      const outdated = found === undefined ? [] : differences(found, values);
      if (found === undefined || outdated.length > 0) {
        await manager.save(Object.assign(row, values));
      }
      report.count(
        table,
        found === undefined ? 'created' : outdated.length > 0 ? 'changed' : 'leftAlone',
      );
      ids.set(values.slug, row.id);
    }
    return ids;
  }

  /** Adds missing grants. Grants that were added to a role stay. */
  private async grants(
    manager: EntityManager,
    report: SeedReport,
    roleIds: Map<string, string>,
    permissionIds: Map<string, string>,
  ): Promise<void> {
    const present = new Set(
      (await manager.find(RolePermission)).map((grant) => `${grant.roleId} ${grant.permissionId}`),
    );
    const wanted = Object.entries(roles).flatMap(([role, definition]) =>
      definition.permissions.map((permission) => ({
        roleId: roleIds.get(role)!,
        permissionId: permissionIds.get(permission)!,
      })),
    );
    const missing = wanted.filter(
      ({ roleId, permissionId }) => !present.has(`${roleId} ${permissionId}`),
    );
    if (missing.length > 0) await manager.insert(RolePermission, missing);
    report.count('role_permissions', 'created', missing.length);
    report.count('role_permissions', 'leftAlone', wanted.length - missing.length);
  }

  private async platformBranding(manager: EntityManager, report: SeedReport): Promise<void> {
    const name = 'Singr Default';
    await findOrCreate(manager, report, {
      entity: BrandingProfile,
      name,
      key: { ownerType: BrandingOwnerType.Platform, ownerId: IsNull(), name },
      values: {
        ownerType: BrandingOwnerType.Platform,
        name,
        colorPalette: { primary: '#6366F1', secondary: '#8B5CF6', accent: '#EC4899' },
        poweredBySingr: true,
        status: BrandingStatus.Active,
      },
      onCreate: async (): Promise<DeepPartial<BrandingProfile>> => ({
        id: seededId('branding_profiles', name),
      }),
    });
  }
}
