import { DatabaseError } from '../../engine/common/errors/database.error.js';

/** The text is not a valid e-mail address. Nothing was written. */
export class InvalidEmailError extends DatabaseError {
  readonly code = 'INVALID_EMAIL';

  constructor() {
    super(
      'The text is not an e-mail address. Give one of the form name@host, of up to 254 characters, without white space ' +
        'and without characters that Unicode replaces by others (NFC), such as the Kelvin sign.',
    );
  }
}

/** Another user has the address, perhaps in a different case. Nothing was written. */
export class EmailTakenError extends DatabaseError {
  readonly code = 'EMAIL_TAKEN';

  constructor() {
    super(
      'A user with this e-mail address exists already, perhaps in a different case. ' +
        'Sign in as that user, or register with another address.',
    );
  }
}

/** No user has the given id. */
export class UserNotFoundError extends DatabaseError {
  readonly code = 'USER_NOT_FOUND';

  constructor(readonly userId: string) {
    super(`No user has the id ${userId}. Give users_id of a user who has not been deleted.`);
  }
}

/** No customer profile has the given id. Nothing was written. */
export class CustomerProfileNotFoundError extends DatabaseError {
  readonly code = 'CUSTOMER_PROFILE_NOT_FOUND';

  constructor(readonly customerProfileId: string) {
    super(
      `No customer profile has the id ${customerProfileId}. ` +
        'Give customer_profiles_id of one that exists, which is a UUID, not the id of its user.',
    );
  }
}

/** No singer profile has the given id. Nothing was written. */
export class SingerProfileNotFoundError extends DatabaseError {
  readonly code = 'SINGER_PROFILE_NOT_FOUND';

  constructor(readonly singerProfileId: string) {
    super(
      `No singer profile has the id ${singerProfileId}. ` +
        'Give singer_profiles_id of one that exists, which is a UUID, not the id of its user.',
    );
  }
}

/** The password is not allowed. Nothing was written. */
export class InvalidPasswordError extends DatabaseError {
  readonly code = 'INVALID_PASSWORD';

  constructor(shortest: number, longest: number) {
    super(
      `The password is too short or too long. Choose one of ${shortest} to ${longest} characters.`,
    );
  }
}

/** The e-mail address or the password is wrong. The error does not say which. */
export class InvalidCredentialsError extends DatabaseError {
  readonly code = 'INVALID_CREDENTIALS';

  constructor() {
    super(
      'The e-mail address or the password is wrong. Try again, sign in with the provider of the account, or reset the password.',
    );
  }
}

/** The session does not exist, has expired, was revoked, or its token was already rotated. */
export class SessionInvalidError extends DatabaseError {
  readonly code = 'SESSION_INVALID';

  constructor() {
    super('The session has ended, or there never was one. Sign in again.');
  }
}

/** The purpose of a verification token does not have the required form. */
export class InvalidPurposeError extends DatabaseError {
  readonly code = 'INVALID_PURPOSE';

  constructor() {
    super(
      'A purpose is a word of lower-case letters, digits and hyphens, such as reset-password, of up to 50 characters.',
    );
  }
}

/** The token is unknown, for another purpose, already used, or expired. The error does not say which. */
export class VerificationTokenInvalidError extends DatabaseError {
  readonly code = 'VERIFICATION_TOKEN_INVALID';

  constructor() {
    super('The token is wrong, was used already or has expired. Ask for a new one.');
  }
}

/** The account at the provider is linked to another user. Nothing was written. */
export class AccountLinkedElsewhereError extends DatabaseError {
  readonly code = 'ACCOUNT_LINKED_ELSEWHERE';

  constructor(readonly provider: string) {
    super(
      `This account at ${provider} is linked to another user. Sign in with it as that user, or unlink it there first.`,
    );
  }
}

/** A role or permission does not exist. Nothing was written. */
export class UnknownGrantError extends DatabaseError {
  readonly code = 'UNKNOWN_GRANT';

  /** The role or permission; of several permissions, all that are unknown, with commas in between. */
  readonly grant: string;

  constructor(kind: 'role' | 'permission', ...grants: string[]) {
    const grant = grants.join(', ');
    super(
      `There is no ${kind} ${grant}. Run the seed, which creates those of the product, or create it first.`,
    );
    this.grant = grant;
  }
}
