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
  /** Undefined keeps the role of an invitation that is pending. */
  readonly roleId: string | null | undefined;
  /** The hash of the token. */
  readonly invitationToken: string;
  /** In milliseconds. */
  readonly lifetime: number;
}

/** One statement, so that neither the owner nor a member comes in between. */
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
 * A membership that was not revoked. It stays so until the transaction ends: a revocation, which takes
 * what the member was given, waits or has come first.
 */
const standing = `standing AS (
  SELECT organization_users_id FROM organization_users
  WHERE customer_profiles_id = $1 AND users_id = $2 AND status <> 'revoked' FOR SHARE
)`;

// KEY SHARE is what the foreign key's check takes: what is found cannot be deleted in between.
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

/** What giving a permission to a member, or taking one, met with. */
export interface GrantOutcome {
  readonly hasMember: boolean;
  readonly hasPermission: boolean;
  readonly changed: boolean;
}

export class OrganizationUserRepository extends DomainRepository<OrganizationUser> {
  /** The user's membership in the customer's organization, whatever its status. */
  async findMembership(
    customerProfileId: string,
    userId: string,
  ): Promise<OrganizationUser | null> {
    if (!isUuid(customerProfileId) || !isUuid(userId)) return null;
    return onPrimary(() => this.findOneBy({ customerProfileId, userId }));
  }

  /**
   * Who belongs to the customer's organization, each with the role and with the user as others see one,
   * without e.g. the password's hash; the first who was invited first. Who was revoked is left out.
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
   * one that the user owns is not among them.
   */
  async findOrganizations(userId: string): Promise<OrganizationUser[]> {
    if (!isUuid(userId)) return [];
    return this.standing()
      .innerJoinAndSelect('member.customerProfile', 'profile')
      .andWhere('member.userId = :userId', { userId })
      .getMany();
  }

  /**
   * The slugs of what the user may do in the customer's organization, sorted: everything there is for
   * the owner; for an active member the permissions of the role and the member's own. One query.
   */
  async effectivePermissions(customerProfileId: string, userId: string): Promise<string[]> {
    const rows = await this.read<{ slug: string }>(effectivePermissions, [
      customerProfileId,
      userId,
    ]);
    return rows.map(({ slug }) => slug);
  }

  /**
   * Writes an invitation; null where the profile, the user or the status does not allow one.
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
   * Makes the membership of an invitation active; null when it is not pending.
   *
   * @internal
   */
  accept(id: string, invitationToken: string): Promise<OrganizationUser | null> {
    return this.write(
      this.createQueryBuilder()
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
        ),
    );
  }

  /**
   * Moves a membership to another status, if it has one of those given; null when it does not.
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
   * Gives a membership that is not revoked another role, or none; null when there is none.
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
   * Gives a member a permission by its slug, or takes it.
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

  /** Memberships that were not revoked, with their roles. */
  private standing(): SelectQueryBuilder<OrganizationUser> {
    return this.createQueryBuilder('member')
      .leftJoinAndSelect('member.role', 'role')
      .where('member.status <> :revoked', { revoked: OrganizationUserStatus.Revoked })
      .orderBy('member.createdAt')
      .addOrderBy('member.id');
  }
}
