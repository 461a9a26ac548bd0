import { DomainRepository } from '../../common/domain.repository.js';
import { fromNow } from '../../common/from-now.js';
import { VerificationToken } from '../entities/verification-token.entity.js';

export class VerificationTokenRepository extends DomainRepository<VerificationToken> {
  /**
   * Inserts a token with a lifetime of `lifetime` milliseconds.
   *
   * @internal
   */
  async issue(identifier: string, token: string, lifetime: number): Promise<void> {
    const values = { identifier, token, expiresAt: fromNow(lifetime) };
    await this.write(this.createQueryBuilder().insert().values(values));
  }

  /**
   * Deletes a token that has not expired, and returns whether it existed. Of concurrent callers, only one
   * gets true.
   *
   * @internal
   */
  async take(identifier: string, token: string): Promise<boolean> {
    const { affected } = await this.createQueryBuilder()
      .delete()
      .where('identifier = :identifier AND token = :token AND expires_at > now()', {
        identifier,
        token,
      })
      .execute();
    return affected === 1;
  }

  /**
   * Deletes an identifier's tokens. Skips tokens that another transaction is deleting, because waiting
   * could cause a deadlock.
   *
   * @internal
   */
  async withdraw(identifier: string): Promise<number> {
    return this.deleteSelected('token.identifier = :identifier', { identifier });
  }

  /**
   * Deletes up to `limit` expired tokens, and returns their number. Uses `idx_verification_tokens_expires`.
   *
   * @internal
   */
  async deleteExpired(limit: number): Promise<number> {
    return this.deleteSelected('token.expiresAt <= now()', {}, limit);
  }

  private async deleteSelected(
    condition: string,
    parameters: Record<string, unknown>,
    limit?: number,
  ): Promise<number> {
    const selected = this.createQueryBuilder('token')
      .select(['token.identifier', 'token.token'])
      .where(condition)
      .limit(limit)
      .setLock('pessimistic_write')
      .setOnLocked('skip_locked');
    const { affected } = await this.createQueryBuilder()
      .delete()
      .where(`(identifier, token) IN (${selected.getQuery()})`, parameters)
      .execute();
    return affected ?? 0;
  }
}
