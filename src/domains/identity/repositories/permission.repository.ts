import { DomainRepository } from '../../common/domain.repository.js';
import { isUuid } from '../../../engine/common/uuid.js';
import { onPrimary } from '../../../engine/connection/on-primary.js';
import { Permission } from '../entities/permission.entity.js';
import { RolePermission } from '../entities/role-permission.entity.js';
import { UserRole } from '../entities/user-role.entity.js';

export class PermissionRepository extends DomainRepository<Permission> {
  /**
   * The slugs of the user's global permissions: those of all global roles of the user. Permissions in an
   * organization are additional (`OrganizationService`). One query; an unknown user has none.
   */
  async effectivePermissions(userId: string): Promise<Set<string>> {
    if (!isUuid(userId)) return new Set();
    const query = this.createQueryBuilder('permission')
      .select('permission.slug', 'slug')
      .distinct()
      .innerJoin(RolePermission, 'granted', 'granted.permissionId = permission.id')
      .innerJoin(UserRole, 'held', 'held.roleId = granted.roleId')
      .where('held.userId = :userId', { userId })
      .orderBy('slug');
    const rows = await onPrimary(() => query.getRawMany<{ slug: string }>());
    return new Set(rows.map(({ slug }) => slug));
  }
}
