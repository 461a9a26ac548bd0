import { Raw } from 'typeorm';
import { isStorable } from '../../../engine/common/check-texts.js';
import { DomainRepository } from '../../common/domain.repository.js';
import { fromNow, intervalOf } from '../../common/from-now.js';
import { onPrimary } from '../../../engine/connection/on-primary.js';
import { Session } from '../entities/session.entity.js';

export class SessionRepository extends DomainRepository<Session> {
  /** Finds the session with this token hash, with its user, unless the session has expired. */
  async findValid(tokenHash: string): Promise<Session | null> {
    if (!isStorable(tokenHash)) return null;
    return onPrimary(() =>
      this.findOne({
        where: { sessionToken: tokenHash, expiresAt: Raw((column) => `${column} > now()`) },
        relations: { user: true },
      }),
    );
  }

  /**
   * Inserts a session that ends in `lifetime` milliseconds.
   *
   * @internal
   */
  async open(userId: string, tokenHash: string, lifetime: number): Promise<Session> {
    const session = await this.write(
      this.createQueryBuilder()
        .insert()
        .values({ userId, sessionToken: tokenHash, expiresAt: fromNow(lifetime) }),
    );
    return session!;
  }

  /**
   * Gives a session that has not expired a new token and restarts its lifetime, up to the absolute
   * lifetime. Null when its token has been replaced already.
   *
   * @internal
   */
  renew(
    { id, sessionToken }: Pick<Session, 'id' | 'sessionToken'>,
    tokenHash: string,
    lifetime: number,
    absoluteLifetime: number,
  ): Promise<Session | null> {
    const wanted = fromNow(lifetime);
    const latest = `greatest(created_at + ${intervalOf(absoluteLifetime)}, expires_at)`;
    return this.write(
      this.createQueryBuilder()
        .update()
        .set({ sessionToken: tokenHash, expiresAt: () => `least(${wanted()}, ${latest})` })
        .where('sessions_id = :id AND session_token = :sessionToken AND expires_at > now()', {
          id,
          sessionToken,
        }),
    );
  }

  /**
   * Deletes up to `limit` expired sessions, and returns their number. Uses `idx_sessions_expires`.
   *
   * @internal
   */
  async deleteExpired(limit: number): Promise<number> {
    const expired = this.createQueryBuilder('session')
      .select('session.id')
      .where('session.expiresAt <= now()')
      .orderBy('session.expiresAt')
      .limit(limit)
      .setLock('pessimistic_write')
      .setOnLocked('skip_locked');
    const { affected } = await this.createQueryBuilder()
      .delete()
      .where(`sessions_id IN (${expired.getQuery()})`)
      .execute();
    return affected ?? 0;
  }
}
