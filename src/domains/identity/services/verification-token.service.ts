import { Injectable } from '@nestjs/common';
import { emailKey } from '../../../engine/common/email-key.js';
import { purgeInBatches } from '../../common/purge-in-batches.js';
import { createSecret, hashSecret } from '../../common/secret.js';
import { isUuid } from '../../../engine/common/uuid.js';
import { Transactional } from '../../../engine/transaction/transactional.decorator.js';
import { withDefaultActor } from '../../common/default-actor.js';
import type { User } from '../entities/user.entity.js';
import {
  InvalidEmailError,
  InvalidPurposeError,
  UserNotFoundError,
  VerificationTokenInvalidError,
} from '../errors.js';
import { VerificationTokenRepository } from '../repositories/verification-token.repository.js';

/**
 * The default lifetimes of tokens, in milliseconds. A password reset lasts an hour: OWASP's Forgot Password
 * Cheat Sheet asks for a short time. A verification lasts a day, because the mail may be read the next day.
 */
const lifetimes = {
  'verify-email': 24 * 60 * 60 * 1000,
  'reset-password': 60 * 60 * 1000,
} as const;

/** The purpose of a token: one of the module's own, or another word such as `change-email`. */
export type VerificationPurpose = 'verify-email' | 'reset-password' | (string & {});

/**
 * The recipient of a token: a user, and the address that the token is mailed to. It is the user's stored
 * address, as in a loaded `User`. For a change of address it is the new one.
 */
export type TokenRecipient = Pick<User, 'id' | 'email'>;

export interface VerificationTokenOptions {
  /** In milliseconds. Default: a day for `verify-email`, an hour for every other purpose. */
  lifetime?: number;
}

/**
 * Tokens that are mailed to users to prove that they received the message. Each is valid once, for its
 * purpose, user and address. It becomes invalid when the user's address changes.
 */
@Injectable()
export class VerificationTokenService {
  constructor(private readonly tokens: VerificationTokenRepository) {}

  /**
   * Creates a token for a purpose and a user, and returns it. It is available only here: the database
   * stores its hash. Mail it to the recipient's stored address, never to an address that somebody typed.
   *
   * @throws InvalidPurposeError
   * @throws UserNotFoundError when the id is not a user's id
   * @throws InvalidEmailError
   * @throws InvalidLifetimeError
   */
  async issue(
    purpose: VerificationPurpose,
    recipient: TokenRecipient,
    { lifetime = defaultLifetime(purpose) }: VerificationTokenOptions = {},
  ): Promise<string> {
    const token = createSecret();
    const identifier = identifierOf(purpose, recipient);
    await withDefaultActor({ name: purpose }, () =>
      this.tokens.issue(identifier, hashSecret(token), lifetime),
    );
    return token;
  }

  /**
   * Consumes a token, and with it the other tokens of its purpose and recipient. When several callers use
   * one token at the same time, one succeeds. Load the user immediately before, so that the address is
   * current.
   *
   * It joins the surrounding transaction. Call it in the transaction of the action that the token permits,
   * so that the token remains valid when that fails.
   *
   * @throws VerificationTokenInvalidError
   * @throws InvalidPurposeError
   * @throws UserNotFoundError when the id is not a user's id
   * @throws InvalidEmailError
   */
  @Transactional()
  async consume(
    purpose: VerificationPurpose,
    recipient: TokenRecipient,
    token: string,
  ): Promise<void> {
    const identifier = identifierOf(purpose, recipient);
    await withDefaultActor({ name: purpose }, async () => {
      const isTaken = await this.tokens.take(identifier, hashSecret(token));
      if (!isTaken) throw new VerificationTokenInvalidError();
      await this.tokens.withdraw(identifier);
    });
  }

  /**
   * Deletes all tokens of a purpose and a recipient. Returns their number.
   *
   * @throws InvalidPurposeError
   * @throws UserNotFoundError when the id is not a user's id
   * @throws InvalidEmailError
   */
  async withdraw(purpose: VerificationPurpose, recipient: TokenRecipient): Promise<number> {
    const identifier = identifierOf(purpose, recipient);
    return withDefaultActor({ name: purpose }, () => this.tokens.withdraw(identifier));
  }

  /**
   * Deletes expired tokens in batches of `batchSize` rows (default 1000), and returns their number. For a
   * scheduled job, outside any transaction: then each batch commits separately.
   *
   * @throws InvalidCountError
   */
  async purgeExpired({ batchSize = 1000 }: { batchSize?: number } = {}): Promise<number> {
    return withDefaultActor({ name: 'purge expired verification tokens' }, () =>
      purgeInBatches(batchSize, (limit) => this.tokens.deleteExpired(limit)),
    );
  }
}

/** The parts are unambiguous, because neither a purpose nor an id contains a colon. */
function identifierOf(purpose: string, recipient: TokenRecipient): string {
  const { id, email } = recipient ?? {};
  if (!/^[a-z][a-z0-9-]{0,49}$/.test(purpose)) throw new InvalidPurposeError();
  if (!isUuid(id)) throw new UserNotFoundError(id);
  const key = emailKey(email);
  if (key === undefined) throw new InvalidEmailError();
  return `${purpose}:${id.toLowerCase()}:${key}`;
}

function defaultLifetime(purpose: string): number {
  return lifetimes[purpose === 'verify-email' ? purpose : 'reset-password'];
}
