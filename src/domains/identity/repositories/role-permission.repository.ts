import { DomainRepository } from '../../common/domain.repository.js';
import { RolePermission } from '../entities/role-permission.entity.js';

/** The changes made by giving a role another set of permissions. */
export interface PermissionChanges {
  /** The slugs that the role did not have before, sorted. */
  readonly granted: string[];
  /** The slugs that the role no longer has, sorted. */
  readonly withdrawn: string[];
}

const replace = `
  WITH withdrawn AS (
    DELETE FROM role_permissions held USING permissions permission
    WHERE held.roles_id = $1 AND held.permissions_id <> ALL ($2::uuid[])
      AND permission.permissions_id = held.permissions_id
    RETURNING permission.slug
  ), granted AS (
    INSERT INTO role_permissions (roles_id, permissions_id)
    SELECT $1, wanted FROM unnest($2::uuid[]) AS wanted
    ON CONFLICT DO NOTHING RETURNING permissions_id
  )
  SELECT ARRAY(SELECT slug FROM withdrawn ORDER BY slug) AS withdrawn,
    ARRAY(SELECT slug FROM granted JOIN permissions USING (permissions_id) ORDER BY slug) AS granted`;

export class RolePermissionRepository extends DomainRepository<RolePermission> {
  /**
   * Locks the role with this slug until the transaction ends, so that its sets are replaced one after
   * another. Returns its id, or undefined when there is no such role.
   *
   * @internal
   */
  async lockRole(slug: string): Promise<string | undefined> {
    const [role] = await this.query<{ roles_id: string }[]>(
      'SELECT roles_id FROM roles WHERE slug = $1 FOR NO KEY UPDATE',
      [slug],
    );
    return role?.roles_id;
  }

  /**
   * Finds the permissions with these slugs, and keeps them from being deleted until the transaction ends.
   * Returns their ids by slug.
   *
   * @internal
   */
  async keepPermissions(slugs: readonly string[]): Promise<Map<string, string>> {
    const rows = await this.query<{ slug: string; permissions_id: string }[]>(
      `SELECT slug, permissions_id FROM permissions WHERE slug = ANY ($1)
       ORDER BY permissions_id FOR KEY SHARE`,
      [slugs],
    );
    return new Map(rows.map(({ slug, permissions_id }) => [slug, permissions_id]));
  }

  /**
   * Gives a locked role these permissions and no others.
   *
   * @internal
   */
  async replace(roleId: string, permissionIds: readonly string[]): Promise<PermissionChanges> {
    const [changes] = await this.query<PermissionChanges[]>(replace, [roleId, permissionIds]);
    return changes!;
  }
}
