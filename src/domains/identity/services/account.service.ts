import { Injectable } from '@nestjs/common';
import { checkTexts, isStorable } from '../../../engine/common/check-texts.js';
import { violatedConstraint } from '../../common/constraint-violation.js';
import { isUuid } from '../../../engine/common/uuid.js';
import { onPrimary } from '../../../engine/connection/on-primary.js';
import { withDefaultActor } from '../../common/default-actor.js';
import type { Account } from '../entities/account.entity.js';
import type { User } from '../entities/user.entity.js';
import { AccountLinkedElsewhereError, UserNotFoundError } from '../errors.js';
import { AccountRepository } from '../repositories/account.repository.js';

/** A user's account as the provider describes it, with the tokens that the provider issued. */
export type ProviderAccount = Pick<Account, 'provider' | 'providerAccountId' | 'type'> &
  Partial<
    Pick<
      Account,
      | 'refreshToken'
      | 'accessToken'
      | 'expiresAt'
      | 'tokenType'
      | 'scope'
      | 'idToken'
      | 'sessionState'
    >
  >;

/** Users' accounts at OAuth providers. */
@Injectable()
export class AccountService {
  constructor(private readonly accounts: AccountRepository) {}

  /**
   * Links an account at a provider to a user. An account has at most one user. Linking it to its own user
   * again updates the tokens; those that the provider left out are kept. When several users link one
   * account at the same time, one succeeds.
   *
   * @throws AccountLinkedElsewhereError
   * @throws UserNotFoundError
   * @throws InvalidTextError
   */
  async link(userId: string, account: ProviderAccount): Promise<Account> {
    if (!isUuid(userId)) throw new UserNotFoundError(userId);
    checkTexts(account);
    try {
      const linked = await withDefaultActor({ userId }, () =>
        this.accounts.link({ ...account, userId }),
      );
      if (linked === null) throw new AccountLinkedElsewhereError(account.provider);
      return linked;
    } catch (error) {
      if (violatedConstraint(error) === 'accounts_users_id_fkey') {
        throw new UserNotFoundError(userId);
      }
      throw error;
    }
  }

  /** Finds the user to whom an account at a provider is linked. */
  async findUser(provider: string, providerAccountId: string): Promise<User | null> {
    if (!isStorable(provider, providerAccountId)) return null;
    const account = await onPrimary(() =>
      this.accounts.findOne({
        where: { provider, providerAccountId },
        relations: { user: true },
      }),
    );
    return account?.user ?? null;
  }

  /** Unlinks an account from a user. Returns whether it was linked. */
  async unlink(userId: string, provider: string, providerAccountId: string): Promise<boolean> {
    if (!isUuid(userId) || !isStorable(provider, providerAccountId)) return false;
    const { affected } = await withDefaultActor({ userId }, () =>
      this.accounts.delete({ userId, provider, providerAccountId }),
    );
    return affected === 1;
  }
}
