import { DomainRepository } from '../../common/domain.repository.js';
import { UserRole } from '../entities/user-role.entity.js';

// FOR KEY SHARE is the lock of the foreign key check: it prevents the deletion of the user and the role in
// between.
const meant = `
  holder AS (SELECT users_id FROM users WHERE users_id = $1 FOR KEY SHARE),
  named AS (SELECT roles_id FROM roles WHERE slug = $2 FOR KEY SHARE)`;

const outcome = `SELECT EXISTS (SELECT FROM holder) AS "hasUser",
    EXISTS (SELECT FROM named) AS "hasRole", EXISTS (SELECT FROM changed) AS changed`;

const give = `
  WITH ${meant}, changed AS (
    INSERT INTO user_roles (users_id, roles_id) SELECT users_id, roles_id FROM holder, named
    ON CONFLICT DO NOTHING RETURNING 1
  ) ${outcome}`;

const take = `
  WITH ${meant}, changed AS (
    DELETE FROM user_roles held USING holder, named
    WHERE held.users_id = holder.users_id AND held.roles_id = named.roles_id
    RETURNING 1
  ) ${outcome}`;

/** The outcome of giving a user a role or withdrawing it. */
export interface RoleOutcome {
  readonly hasUser: boolean;
  readonly hasRole: boolean;
  readonly changed: boolean;
}

export class UserRoleRepository extends DomainRepository<UserRole> {
  /**
   * Gives a user a global role by its slug, or withdraws it.
   *
   * @internal
   */
  async setRole(userId: string, slug: string, held: boolean): Promise<RoleOutcome> {
    const [result] = await this.query<RoleOutcome[]>(held ? give : take, [userId, slug]);
    return result!;
  }
}
