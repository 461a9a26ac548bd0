import type { SelectQueryBuilder } from 'typeorm';
import { DomainRepository } from '../../common/domain.repository.js';
import { isUuid } from '../../../engine/common/uuid.js';
import { onPrimary } from '../../../engine/connection/on-primary.js';
import { OrganizationUserStatus } from '../entities/organization-user-status.enum.js';
import { OrganizationUser } from '../entities/organization-user.entity.js';

export interface Invitation {
  readonly customerProfileId: string;
  readonly userId: string;
  readonly invitedByUserId: string | null;
  /** Undefined keeps the role of a pending invitation. */
  readonly roleId: string | null | undefined;
  /** The hash of the token. */
  readonly invitationToken: string;
  /** In milliseconds. */
  readonly lifetime: number;
}

/** It is one statement, so that the owner and the membership cannot change between check and write. */
const invite = `
  INSERT INTO organization_users (customer_profiles_id, users_id, invited_by_user_id, role_id, status,
    invitation_token, invitation_expires_at)
  SELECT profile.customer_profiles_id, $2, $3, $4, 'invited', $5,
    now() + $6 * interval '1 millisecond'
  FROM customer_profiles profile
  WHERE profile.customer_profiles_id = $1 AND profile.users_id <> $2
  ON CONFLICT (customer_profiles_id, users_id) DO UPDATE SET
    status = excluded.status,
    invited_by_user_id = excluded.invited_by_user_id,
    role_id = CASE WHEN $7 AND organization_users.status = 'invited'
      THEN organization_users.role_id ELSE excluded.role_id END,
    invitation_token = excluded.invitation_token,
    invitation_expires_at = excluded.invitation_expires_at
    WHERE organization_users.status IN ('invited', 'revoked')
  RETURNING *`;

const effectivePermissions = `
  SELECT permission.slug FROM permissions permission
  WHERE EXISTS (
    SELECT FROM customer_profiles profile
    WHERE profile.customer_profiles_id = $1 AND profile.users_id = $2
  ) OR permission.permissions_id IN (
    SELECT granted.permissions_id
    FROM organization_users member
    JOIN role_permissions granted ON granted.roles_id = member.role_id
    WHERE member.customer_profiles_id = $1 AND member.users_id = $2 AND member.status = 'active'
    UNION ALL
    SELECT own.permissions_id
    FROM organization_users member
    JOIN organization_user_permissions own USING (organization_users_id)
    WHERE member.customer_profiles_id = $1 AND member.users_id = $2 AND member.status = 'active'
  )
  ORDER BY permission.slug`;

/**
 * A membership that is not revoked, locked until the transaction ends. A concurrent revocation, which
 * deletes the member's permissions, waits or has been committed before.
 */
const standing = `standing AS (
  SELECT organization_users_id FROM organization_users
  WHERE customer_profiles_id = $1 AND users_id = $2 AND status <> 'revoked' FOR SHARE
)`;

// FOR KEY SHARE is the lock of the foreign key check: it prevents the row's deletion in between.
const named = `named AS (
  SELECT permissions_id FROM permissions WHERE slug = $3 FOR KEY SHARE
)`;

const outcome = `SELECT EXISTS (SELECT FROM standing) AS "hasMember",
    EXISTS (SELECT FROM named) AS "hasPermission", EXISTS (SELECT FROM changed) AS changed`;

const grant = `
  WITH ${standing}, ${named}, changed AS (
    INSERT INTO organization_user_permissions (organization_users_id, permissions_id)
    SELECT organization_users_id, permissions_id FROM standing, named
    ON CONFLICT DO NOTHING RETURNING 1
  ) ${outcome}`;

const withdraw = `
  WITH ${standing}, ${named}, changed AS (
    DELETE FROM organization_user_permissions own USING standing, named
    WHERE own.organization_users_id = standing.organization_users_id
      AND own.permissions_id = named.permissions_id
    RETURNING 1
  ) ${outcome}`;

/** Uses `idx_organization_users_invitations`. Skips what others are changing, as an acceptance does. */
const revokeExpired = `
  UPDATE organization_users SET status = 'revoked', invitation_token = NULL
  WHERE organization_users_id = ANY (ARRAY(
    SELECT organization_users_id FROM organization_users
    WHERE status = 'invited' AND invitation_expires_at <= now()
    ORDER BY invitation_expires_at LIMIT $1 FOR UPDATE SKIP LOCKED))
  RETURNING organization_users_id AS id`;

/** The outcome of granting a permission to a member or withdrawing it. */
export interface GrantOutcome {
  readonly hasMember: boolean;
  readonly hasPermission: boolean;
  readonly changed: boolean;
}

export class OrganizationUserRepository extends DomainRepository<OrganizationUser> {
  /** The user's membership in the customer's organization, of any status. */
  async findMembership(
    customerProfileId: string,
    userId: string,
  ): Promise<OrganizationUser | null> {
    if (!isUuid(customerProfileId) || !isUuid(userId)) return null;
    return onPrimary(() => this.findOneBy({ customerProfileId, userId }));
  }

  /**
   * The members of the customer's organization, each with the role and with the user's public columns (no
   * password hash). The member who was invited first is first. Revoked members are left out.
   */
  async findMembers(customerProfileId: string): Promise<OrganizationUser[]> {
    if (!isUuid(customerProfileId)) return [];
    return this.standing()
      .innerJoin('member.user', 'user')
      .addSelect(['user.id', 'user.email', 'user.name', 'user.displayName', 'user.imageUrl'])
      .andWhere('member.customerProfileId = :customerProfileId', { customerProfileId })
      .getMany();
  }

  /**
   * The organizations that a user is a member of, each with its customer profile and the user's role. The
   * organization that the user owns is not included.
   */
  async findOrganizations(userId: string): Promise<OrganizationUser[]> {
    if (!isUuid(userId)) return [];
    return this.standing()
      .innerJoinAndSelect('member.customerProfile', 'profile')
      .andWhere('member.userId = :userId', { userId })
      .getMany();
  }

  /**
   * The slugs of the user's permissions in the customer's organization, sorted. The owner has all
   * permissions; an active member has those of the role and the member's own. One query.
   */
  async effectivePermissions(customerProfileId: string, userId: string): Promise<string[]> {
    const rows = await onPrimary(() =>
      this.everywhere(() =>
        this.read<{ slug: string }>(effectivePermissions, [customerProfileId, userId]),
      ),
    );
    return rows.map(({ slug }) => slug);
  }

  /**
   * Writes an invitation; null when the profile, the user or the membership's status does not allow one.
   *
   * @internal
   */
  invite(invitation: Invitation): Promise<OrganizationUser | null> {
    const { roleId } = invitation;
    return this.insertBySql(invite, [
      invitation.customerProfileId,
      invitation.userId,
      invitation.invitedByUserId,
      roleId ?? null,
      invitation.invitationToken,
      invitation.lifetime,
      roleId === undefined,
    ]);
  }

  /**
   * Finds the membership of an invitation.
   *
   * @internal
   */
  findInvited(invitationToken: string): Promise<OrganizationUser | null> {
    return this.everywhere(() => onPrimary(() => this.findOneBy({ invitationToken })));
  }

  /**
   * Activates the membership of an invitation; null when the invitation is not pending.
   *
   * @internal
   */
  accept(id: string, invitationToken: string): Promise<OrganizationUser | null> {
    const query = this.createQueryBuilder()
      .update()
      .set({
        status: OrganizationUserStatus.Active,
        invitationToken: null,
        invitationExpiresAt: null,
      })
      .where(
        `organization_users_id = :id AND invitation_token = :invitationToken
         AND status = 'invited' AND invitation_expires_at > now()`,
        { id, invitationToken },
      );
    return this.everywhere(() => this.write(query));
  }

  /**
   * Changes a membership's status if its current status is one of those given; otherwise null.
   *
   * @internal
   */
  transition(
    customerProfileId: string,
    userId: string,
    from: readonly OrganizationUserStatus[],
    to: OrganizationUserStatus,
  ): Promise<OrganizationUser | null> {
    return this.write(
      this.createQueryBuilder()
        .update()
        .set({ status: to, invitationToken: null, invitationExpiresAt: null })
        .where(
          `customer_profiles_id = :customerProfileId AND users_id = :userId AND status IN (:...from)`,
          { customerProfileId, userId, from },
        ),
    );
  }

  /**
   * Revokes up to `limit` invitations that have expired, with the permissions that the invited users got,
   * and returns their number.
   *
   * @internal
   */
  async revokeExpired(limit: number): Promise<number> {
    return this.manager.transaction(async () => {
      const [revoked] = await this.query<[{ id: string }[], number]>(revokeExpired, [limit]);
      // A separate statement sees the permissions that were granted until the memberships were locked.
      await this.query(
        'DELETE FROM organization_user_permissions WHERE organization_users_id = ANY ($1)',
        [revoked.map(({ id }) => id)],
      );
      return revoked.length;
    });
  }

  /**
   * Sets or removes the role of a membership that is not revoked; null when there is no such membership.
   *
   * @internal
   */
  setRole(
    customerProfileId: string,
    userId: string,
    roleId: string | null,
  ): Promise<OrganizationUser | null> {
    return this.write(
      this.createQueryBuilder()
        .update()
        .set({ roleId })
        .where(
          `customer_profiles_id = :customerProfileId AND users_id = :userId AND status <> 'revoked'`,
          { customerProfileId, userId },
        ),
    );
  }

  /**
   * Grants a member a permission by its slug, or withdraws it.
   *
   * @internal
   */
  async setPermission(
    customerProfileId: string,
    userId: string,
    slug: string,
    granted: boolean,
  ): Promise<GrantOutcome> {
    const [result] = await this.query<GrantOutcome[]>(granted ? grant : withdraw, [
      customerProfileId,
      userId,
      slug,
    ]);
    return result!;
  }

  /** Selects the memberships that are not revoked, with their roles. */
  private standing(): SelectQueryBuilder<OrganizationUser> {
    return this.createQueryBuilder('member')
      .leftJoinAndSelect('member.role', 'role')
      .where('member.status <> :revoked', { revoked: OrganizationUserStatus.Revoked })
      .orderBy('member.createdAt')
      .addOrderBy('member.id');
  }
}
