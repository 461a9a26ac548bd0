import { Injectable } from '@nestjs/common';
import { checkTexts } from '../../common/check-texts.js';
import { fromNow } from '../../common/from-now.js';
import { purgeInBatches } from '../../common/purge-in-batches.js';
import { createSecret, hashSecret } from '../../common/secret.js';
import { Transactional } from '../../transaction/transactional.decorator.js';
import { withDefaultActor } from '../default-actor.js';
import { InvalidPurposeError, VerificationTokenInvalidError } from '../errors.js';
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

export interface VerificationTokenOptions {
  /** In milliseconds. Default: a day for `verify-email`, an hour for everything else. */
  lifetime?: number;
}

/** Tokens that are sent to somebody to prove that the message arrived. Each works once. */
@Injectable()
export class VerificationTokenService {
  constructor(private readonly tokens: VerificationTokenRepository) {}

  /**
   * Makes a token for a purpose and a subject (an e-mail address in any case of its letters, or a
   * user's id), and returns it. It is shown this once: only its hash is stored.
   *
   * @throws InvalidPurposeError
   * @throws InvalidTextError
   * @throws InvalidLifetimeError
   */
  async issue(
    purpose: VerificationPurpose,
    subject: string,
    { lifetime }: VerificationTokenOptions = {},
  ): Promise<string> {
    const token = createSecret();
    const row = {
      identifier: identifierOf(purpose, subject),
      token: hashSecret(token),
      expiresAt: fromNow(lifetime ?? defaultLifetime(purpose)),
    };
    const insert = this.tokens.createQueryBuilder().insert().values(row).updateEntity(false);
    await withDefaultActor({ name: purpose }, () => insert.execute());
    return token;
  }

  /**
   * Uses a token up, and with it the other tokens of its purpose and subject. Of several that bring one
   * token at the same time one succeeds.
   *
   * Joins the transaction around: call it in the one that does what the token is for, so that a failure
   * there leaves the token usable.
   *
   * @throws VerificationTokenInvalidError
   * @throws InvalidPurposeError
   * @throws InvalidTextError
   */
  @Transactional()
  async consume(purpose: VerificationPurpose, subject: string, token: string): Promise<void> {
    const identifier = identifierOf(purpose, subject);
    await withDefaultActor({ name: purpose }, async () => {
      const isTaken = await this.tokens.take(identifier, hashSecret(token));
      if (!isTaken) throw new VerificationTokenInvalidError();
      await this.tokens.withdraw(identifier);
    });
  }

  /**
   * Makes all tokens of a purpose and a subject worthless. Says how many there were.
   *
   * @throws InvalidPurposeError
   * @throws InvalidTextError
   */
  async withdraw(purpose: VerificationPurpose, subject: string): Promise<number> {
    const identifier = identifierOf(purpose, subject);
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

/** The purpose has no colon, so that no purpose and subject read like another two. */
function identifierOf(purpose: string, subject: string): string {
  if (!/^[a-z][a-z0-9-]{0,49}$/.test(purpose)) throw new InvalidPurposeError();
  checkTexts({ subject });
  return `${purpose}:${subject.toLowerCase()}`;
}

function defaultLifetime(purpose: string): number {
  return lifetimes[purpose === 'verify-email' ? purpose : 'reset-password'];
}
