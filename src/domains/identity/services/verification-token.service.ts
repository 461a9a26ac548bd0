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
 * How long a token lasts, in milliseconds: an hour for a password, where OWASP's Forgot Password Cheat
 * Sheet asks for a short time; a day for an address, whose mail may be read tomorrow.
 */
const lifetimes = {
  'verify-email': 24 * 60 * 60 * 1000,
  'reset-password': 60 * 60 * 1000,
} as const;

/** What a token is for: one of the module's own purposes, or another word such as `change-email`. */
export type VerificationPurpose = 'verify-email' | 'reset-password' | (string & {});

/**
 * Whom a token is for: a user, and the address that it is mailed to. That is the user's own as it is stored,
 * which a loaded `User` has; for a change of address it is the new one.
 */
export type TokenRecipient = Pick<User, 'id' | 'email'>;

export interface VerificationTokenOptions {
  /** In milliseconds. Default: a day for `verify-email`, an hour for everything else. */
  lifetime?: number;
}

/**
 * Tokens that are mailed to users to prove that the message arrived. Each works once, for its purpose, its
 * user and its address: it is worth nothing once the user has another one.
 */
@Injectable()
export class VerificationTokenService {
  constructor(private readonly tokens: VerificationTokenRepository) {}

  /**
   * Makes a token for a purpose and a user, and returns it. It is shown this once: only its hash is stored.
   * Mail it to the recipient's address, never to one that was typed.
   *
   * @throws InvalidPurposeError
   * @throws UserNotFoundError for an id that is no user's
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
   * Uses a token up, and with it the other tokens of its purpose and recipient. Of several that bring one
   * token at the same time one succeeds. Load the user anew, so that the address is the one of today.
   *
   * Joins the transaction around: call it in the one that does what the token is for, so that a failure
   * there leaves the token usable.
   *
   * @throws VerificationTokenInvalidError
   * @throws InvalidPurposeError
   * @throws UserNotFoundError for an id that is no user's
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
   * Makes all tokens of a purpose and a recipient worthless. Says how many there were.
   *
   * @throws InvalidPurposeError
   * @throws UserNotFoundError for an id that is no user's
   * @throws InvalidEmailError
   */
  async withdraw(purpose: VerificationPurpose, recipient: TokenRecipient): Promise<number> {
    const identifier = identifierOf(purpose, recipient);
    return withDefaultActor({ name: purpose }, () => this.tokens.withdraw(identifier));
  }

  /**
   * Deletes expired tokens, `batchSize` rows a statement (default 1000), and says how many they were.
   * For a job, outside any transaction: then each batch commits by itself.
   *
   * @throws InvalidCountError
   */
  async purgeExpired({ batchSize = 1000 }: { batchSize?: number } = {}): Promise<number> {
    return withDefaultActor({ name: 'purge expired verification tokens' }, () =>
      purgeInBatches(batchSize, (limit) => this.tokens.deleteExpired(limit)),
    );
  }
}

/** Neither a purpose nor an id has a colon, so that no three of them read like another three. */
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
