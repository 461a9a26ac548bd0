import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import type { Repository } from 'typeorm';
import { checkFilters } from '../../../engine/common/check-filters.js';
import { isStorable } from '../../../engine/common/check-texts.js';
import { violatedConstraint } from '../../common/constraint-violation.js';
import { fromNow } from '../../common/from-now.js';
import { purgeInBatches } from '../../common/purge-in-batches.js';
import { createSecret, hashSecret } from '../../common/secret.js';
import { isSameUuid, isUuid } from '../../../engine/common/uuid.js';
import { onPrimary } from '../../../engine/connection/on-primary.js';
import { withDefaultActor } from '../../common/default-actor.js';
import { CustomerProfile } from '../../identity/entities/customer-profile.entity.js';
import {
  CustomerProfileNotFoundError,
  UnknownGrantError,
  UserNotFoundError,
} from '../../identity/errors.js';
import { Transactional } from '../../../engine/transaction/transactional.decorator.js';
import { OrganizationUserPermission } from '../entities/organization-user-permission.entity.js';
import { OrganizationUserStatus as Status } from '../entities/organization-user-status.enum.js';
import type { OrganizationUser } from '../entities/organization-user.entity.js';
import {
  InvitationInvalidError,
  MembershipNotFoundError,
  MembershipTransitionError,
  OwnerIsNoMemberError,
} from '../errors.js';
import { OrganizationUserRepository } from '../repositories/organization-user.repository.js';

/** The lifetime of an invitation in milliseconds: 7 days, so that a weekend away does not matter. */
const invitationLifetime = 7 * 24 * 60 * 60 * 1000;

export interface InviteOptions {
  customerProfileId: string;
  /** The invited user. For an e-mail address, `UserService.findOrCreate` returns the user. */
  userId: string;
  invitedByUserId?: string;
  /** The role in the organization. When left out, a pending invitation keeps its role. */
  roleId?: string | null;
  /** In milliseconds. Default: 7 days. */
  lifetime?: number;
}

export interface IssuedInvitation {
  /** The token that accepts the invitation. It is available only here: the database stores its hash. */
  readonly token: string;
  readonly membership: OrganizationUser;
}

/** The statuses from which a membership can change to each status. */
const sources = {
  [Status.Active]: [Status.Suspended],
  [Status.Suspended]: [Status.Active],
  [Status.Revoked]: [Status.Invited, Status.Active, Status.Suspended],
};

/** The members of customers' organizations, and their permissions. */
@Injectable()
export class OrganizationService {
  constructor(
    private readonly members: OrganizationUserRepository,
    @InjectRepository(CustomerProfile) private readonly profiles: Repository<CustomerProfile>,
    @InjectRepository(OrganizationUserPermission)
    private readonly overrides: Repository<OrganizationUserPermission>,
  ) {}

  /**
   * Invites a user. A new invitation invalidates the token of an earlier one. Users whose membership was
   * revoked can be invited again.
   *
   * @throws CustomerProfileNotFoundError
   * @throws UserNotFoundError when the invited or the inviting user does not exist
   * @throws UnknownGrantError when the role does not exist
   * @throws OwnerIsNoMemberError
   * @throws MembershipTransitionError when the user is an active or suspended member
   * @throws InvalidLifetimeError
   */
  async invite(options: InviteOptions): Promise<IssuedInvitation> {
    const { customerProfileId, userId, roleId, lifetime = invitationLifetime } = options;
    const invitedByUserId = options.invitedByUserId ?? null;
    fromNow(lifetime);
    if (!isUuid(customerProfileId)) throw new CustomerProfileNotFoundError(customerProfileId);
    for (const id of [userId, invitedByUserId]) {
      if (id !== null && !isUuid(id)) throw new UserNotFoundError(id);
    }
    if (typeof roleId === 'string' && !isUuid(roleId)) throw new UnknownGrantError('role', roleId);

    const token = createSecret();
    const invitation = {
      customerProfileId,
      userId,
      invitedByUserId,
      roleId,
      invitationToken: hashSecret(token),
      lifetime,
    };
    let membership: OrganizationUser | null;
    try {
      membership = await this.members.invite(invitation);
    } catch (error) {
      throw describeInvitationFailure(error, options);
    }
    if (membership === null) throw await this.whyNotInvited(customerProfileId, userId);
    return { token, membership };
  }

  /**
   * Accepts an invitation. When several callers use one token at the same time, one succeeds.
   *
   * @param signedIn the id of the signed-in user, who must be the invited user; leave it out when nobody is
   * signed in
   * @throws InvitationInvalidError
   * @throws MissingFilterError when the id is passed but undefined
   */
  async accept(token: string, ...signedIn: [userId?: string]): Promise<OrganizationUser> {
    const [userId] = signedIn;
    if (signedIn.length > 0) checkFilters({ userId }, 'userId');
    const invitationToken = hashSecret(token);
    const pending = await this.members.findInvited(invitationToken);
    if (pending === null || (userId !== undefined && !isSameUuid(pending.userId, userId))) {
      throw new InvitationInvalidError();
    }
    const accepted = await withDefaultActor({ userId: pending.userId }, () =>
      this.members.accept(pending.id, invitationToken),
    );
    if (accepted === null) throw new InvitationInvalidError();
    return accepted;
  }

  /**
   * Suspends an active member. The role and the permissions are kept.
   *
   * @throws MembershipNotFoundError
   * @throws MembershipTransitionError
   */
  suspend(customerProfileId: string, userId: string): Promise<OrganizationUser> {
    return this.transition(customerProfileId, userId, Status.Suspended);
  }

  /**
   * Reactivates a suspended member.
   *
   * @throws MembershipNotFoundError
   * @throws MembershipTransitionError
   */
  reactivate(customerProfileId: string, userId: string): Promise<OrganizationUser> {
    return this.transition(customerProfileId, userId, Status.Active);
  }

  /**
   * Revokes an invitation or a membership permanently. The member's own permissions are deleted, so a later
   * invitation does not restore them.
   *
   * @throws MembershipNotFoundError
   * @throws MembershipTransitionError
   */
  @Transactional()
  async revoke(customerProfileId: string, userId: string): Promise<OrganizationUser> {
    const membership = await this.transition(customerProfileId, userId, Status.Revoked);
    await this.overrides.delete({ organizationUserId: membership.id });
    return membership;
  }

  /**
   * Revokes the invitations that have expired, in batches of `batchSize` (default 1000), and returns their
   * number. They keep `invitationExpiresAt`, which tells them from memberships that somebody revoked. The
   * invited users' own permissions are deleted, and they can be invited again.
   *
   * For a scheduled job, outside any transaction: then each batch commits separately and holds its locks
   * briefly. Concurrent runs share the work. An expired invitation cannot be accepted in any case; only
   * readers of the status need this.
   *
   * @throws InvalidCountError
   */
  async expireInvitations({ batchSize = 1000 }: { batchSize?: number } = {}): Promise<number> {
    return withDefaultActor({ name: 'expire invitations' }, () =>
      purgeInBatches(batchSize, (limit) => this.members.revokeExpired(limit)),
    );
  }

  /**
   * Sets or removes a member's role in the organization. Suspended and invited members can have a role too.
   *
   * @throws MembershipNotFoundError also for a member who was revoked
   * @throws UnknownGrantError when the role does not exist
   */
  async setRole(
    customerProfileId: string,
    userId: string,
    roleId: string | null,
  ): Promise<OrganizationUser> {
    assertMember(customerProfileId, userId);
    if (roleId !== null && !isUuid(roleId)) throw new UnknownGrantError('role', roleId);
    let membership: OrganizationUser | null;
    try {
      membership = await this.members.setRole(customerProfileId, userId, roleId);
    } catch (error) {
      throw violatedConstraint(error) === 'organization_users_role_id_fkey'
        ? new UnknownGrantError('role', roleId ?? '')
        : error;
    }
    if (membership === null) throw new MembershipNotFoundError();
    return membership;
  }

  /**
   * Grants or withdraws a member's own permission, in addition to those of the role. Repeating the call
   * changes nothing. Returns whether anything changed.
   *
   * @param permission the slug, such as `venues:update`
   * @throws MembershipNotFoundError also for a member who was revoked
   * @throws UnknownGrantError when the permission does not exist
   */
  async setPermission(
    customerProfileId: string,
    userId: string,
    permission: string,
    granted: boolean,
  ): Promise<boolean> {
    assertMember(customerProfileId, userId);
    if (!isStorable(permission)) throw new UnknownGrantError('permission', permission);
    const { hasMember, hasPermission, changed } = await this.members.setPermission(
      customerProfileId,
      userId,
      permission,
      granted,
    );
    if (!hasMember) throw new MembershipNotFoundError();
    if (!hasPermission) throw new UnknownGrantError('permission', permission);
    return changed;
  }

  /**
   * The slugs of the user's permissions in the customer's organization. The owner of the customer profile
   * has all permissions. An active member has those of the role and the member's own. Anybody else has
   * none. One query.
   */
  async effectivePermissions(customerProfileId: string, userId: string): Promise<Set<string>> {
    if (!isUuid(customerProfileId) || !isUuid(userId)) return new Set();
    return new Set(await this.members.effectivePermissions(customerProfileId, userId));
  }

  private async transition(
    customerProfileId: string,
    userId: string,
    to: keyof typeof sources,
  ): Promise<OrganizationUser> {
    assertMember(customerProfileId, userId);
    const moved = await this.members.transition(customerProfileId, userId, sources[to], to);
    if (moved !== null) return moved;
    const membership = await this.members.findMembership(customerProfileId, userId);
    if (membership === null) throw new MembershipNotFoundError();
    throw new MembershipTransitionError(membership.status, to);
  }

  private async whyNotInvited(customerProfileId: string, userId: string): Promise<Error> {
    const profile = await onPrimary(() => this.profiles.findOneBy({ id: customerProfileId }));
    if (profile === null) return new CustomerProfileNotFoundError(customerProfileId);
    if (isSameUuid(profile.userId, userId)) return new OwnerIsNoMemberError();
    const membership = await this.members.findMembership(customerProfileId, userId);
    return new MembershipTransitionError(membership?.status ?? Status.Revoked, Status.Invited);
  }
}

function assertMember(customerProfileId: string, userId: string): void {
  if (!isUuid(customerProfileId) || !isUuid(userId)) throw new MembershipNotFoundError();
}

function describeInvitationFailure(error: unknown, options: InviteOptions): unknown {
  switch (violatedConstraint(error)) {
    case 'organization_users_users_id_fkey':
      return new UserNotFoundError(options.userId);
    case 'organization_users_invited_by_user_id_fkey':
      return new UserNotFoundError(options.invitedByUserId ?? '');
    case 'organization_users_role_id_fkey':
      return new UnknownGrantError('role', options.roleId ?? '');
    default:
      return error;
  }
}
