import { DatabaseError } from '../../engine/common/errors/database.error.js';
import type { KeyStatus } from '../keys/key.js';
import type { OrganizationUserStatus } from './entities/organization-user-status.enum.js';

/** The owner cannot be invited as a member. Nothing was written. */
export class OwnerIsNoMemberError extends DatabaseError {
  readonly code = 'OWNER_IS_NO_MEMBER';

  constructor() {
    super(
      'The owner of a customer profile has all permissions in it and is not a member of it. Invite another user.',
    );
  }
}

/** The user has no membership in the organization, or a revoked one. Nothing was written. */
export class MembershipNotFoundError extends DatabaseError {
  readonly code = 'MEMBERSHIP_NOT_FOUND';

  constructor() {
    super(
      'The user is not a member of this organization: never invited, or revoked. Invite the user first.',
    );
  }
}

/** A membership's current status does not allow the change to the requested one. Nothing was written. */
export class MembershipTransitionError extends DatabaseError {
  readonly code = 'MEMBERSHIP_TRANSITION';

  constructor(
    readonly from: OrganizationUserStatus,
    readonly to: OrganizationUserStatus,
  ) {
    super(
      `A membership that is ${from} cannot become ${to}. Members are invited, then active, suspended and active again, ` +
        'and revoked permanently; only invited and revoked members can be invited again.',
    );
  }
}

/** The invitation is unknown, for another user, withdrawn, already accepted, or expired. */
export class InvitationInvalidError extends DatabaseError {
  readonly code = 'INVITATION_INVALID';

  constructor() {
    super(
      'The invitation is wrong, was accepted or withdrawn already, or has expired. Ask for another invitation.',
    );
  }
}

/** The Stripe customer to be billed does not belong to the customer profile. Nothing was written. */
export class ApiKeyCustomerError extends DatabaseError {
  readonly code = 'API_KEY_CUSTOMER';

  constructor(readonly customerId: string) {
    super(
      `The customer profile has no Stripe customer with the id ${customerId}. Give customers_id of one of its own, or none.`,
    );
  }
}

/** The key grants no access: it is unknown, suspended, revoked or expired. The error does not say which. */
export class ApiKeyRejectedError extends DatabaseError {
  readonly code = 'API_KEY_REJECTED';

  constructor() {
    super(
      'The API key is unknown, suspended, revoked or expired. Use another, or have one issued.',
    );
  }
}

/** The customer has no API key with the given id. */
export class ApiKeyNotFoundError extends DatabaseError {
  readonly code = 'API_KEY_NOT_FOUND';

  constructor(readonly apiKeyId: string) {
    super(
      `The customer has no API key with the id ${apiKeyId}. Give the id of one of its own keys.`,
    );
  }
}

/** An API key's current status does not allow the change to the requested one. Nothing was written. */
export class ApiKeyTransitionError extends DatabaseError {
  readonly code = 'API_KEY_TRANSITION';

  constructor(
    readonly from: KeyStatus,
    readonly to: KeyStatus | 'rotated',
  ) {
    super(
      `An API key that is ${from} cannot become ${to}. Active keys can be rotated and suspended, and suspended keys activated; ` +
        'issue another key in place of a revoked or expired one.',
    );
  }
}
