import { Injectable } from '@nestjs/common';
import { isStorable } from '../../../engine/common/check-texts.js';
import { isUuid } from '../../../engine/common/uuid.js';
import { UnknownGrantError, UserNotFoundError } from '../errors.js';
import { UserRoleRepository } from '../repositories/user-role.repository.js';

/** The global roles of users. */
@Injectable()
export class RoleService {
  constructor(private readonly userRoles: UserRoleRepository) {}

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
}
