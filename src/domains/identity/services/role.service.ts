import { Injectable } from '@nestjs/common';
import { isStorable } from '../../../engine/common/check-texts.js';
import { isUuid } from '../../../engine/common/uuid.js';
import { Transactional } from '../../../engine/transaction/transactional.decorator.js';
import { UnknownGrantError, UserNotFoundError } from '../errors.js';
import {
  RolePermissionRepository,
  type PermissionChanges,
} from '../repositories/role-permission.repository.js';
import { UserRoleRepository } from '../repositories/user-role.repository.js';

/** The global roles of users, and the permissions of roles. */
@Injectable()
export class RoleService {
  constructor(
    private readonly userRoles: UserRoleRepository,
    private readonly rolePermissions: RolePermissionRepository,
  ) {}

  /**
   * Gives a user a global role, or withdraws it. Repeating the call changes nothing. Returns whether
   * anything changed.
   *
   * @param role the slug, such as `admin`
   * @throws UserNotFoundError
   * @throws UnknownGrantError when the role does not exist
   */
  async setRole(userId: string, role: string, held: boolean): Promise<boolean> {
    if (!isUuid(userId)) throw new UserNotFoundError(userId);
    if (!isStorable(role)) throw new UnknownGrantError('role', role);
    const { hasUser, hasRole, changed } = await this.userRoles.setRole(userId, role, held);
    if (!hasUser) throw new UserNotFoundError(userId);
    if (!hasRole) throw new UnknownGrantError('role', role);
    return changed;
  }

  /**
   * Gives a role these permissions and no others, and returns the changes. Concurrent calls for one role run
   * one after another, so the role has the set of one of them and not a mixture. Users who hold the role, and
   * members of organizations who have it, are affected at once.
   *
   * `Role.isSystem` marks the roles of the product. Whether somebody may change them is for the application
   * to check.
   *
   * @param role the slug, such as `customer_owner`
   * @param permissions the slugs, such as `venues:update`; none to withdraw all
   * @throws UnknownGrantError when the role does not exist, or permissions that it names do not; nothing is
   *   written then
   */
  @Transactional()
  async setPermissions(role: string, permissions: readonly string[]): Promise<PermissionChanges> {
    if (!isStorable(role)) throw new UnknownGrantError('role', role);
    const unstorable = permissions.filter((slug) => !isStorable(slug));
    if (unstorable.length > 0) throw new UnknownGrantError('permission', ...unstorable);
    const roleId = await this.rolePermissions.lockRole(role);
    if (roleId === undefined) throw new UnknownGrantError('role', role);
    const slugs = [...new Set(permissions)];
    const known = await this.rolePermissions.keepPermissions(slugs);
    const unknown = slugs.filter((slug) => !known.has(slug));
    if (unknown.length > 0) throw new UnknownGrantError('permission', ...unknown);
    return this.rolePermissions.replace(roleId, [...known.values()]);
  }
}
