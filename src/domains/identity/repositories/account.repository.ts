import { DomainRepository } from '../../common/domain.repository.js';
import { Account } from '../entities/account.entity.js';

/** The properties that linking again updates, if the provider gave a new value. */
const renewed = {
  type: 'type',
  refreshToken: 'refresh_token',
  accessToken: 'access_token',
  expiresAt: 'expires_at',
  tokenType: 'token_type',
  scope: 'scope',
  idToken: 'id_token',
  sessionState: 'session_state',
} as const;

/** TypeORM's upsert cannot express this statement: it cannot keep an old value when the new one is missing. */
const link = `
  INSERT INTO accounts (users_id, provider, provider_account_id, ${Object.values(renewed).join(', ')})
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
  ON CONFLICT (provider, provider_account_id) DO UPDATE SET
    ${Object.values(renewed)
      .map((column) => `${column} = coalesce(excluded.${column}, accounts.${column})`)
      .join(', ')}
    WHERE accounts.users_id = excluded.users_id
  RETURNING *`;

export class AccountRepository extends DomainRepository<Account> {
  /**
   * Inserts the account, or updates it if it is the user's own; null when it belongs to another user.
   *
   * @internal
   */
  link(
    account: Partial<Account> & Pick<Account, 'userId' | 'provider' | 'providerAccountId'>,
  ): Promise<Account | null> {
    const properties = Object.keys(renewed) as (keyof typeof renewed)[];
    return this.insertBySql(link, [
      account.userId,
      account.provider,
      account.providerAccountId,
      ...properties.map((property) => account[property] ?? null),
    ]);
  }
}
