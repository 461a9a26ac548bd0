import { Raw, Repository } from 'typeorm';
import { isStorable } from '../../../engine/common/check-texts.js';
import { onPrimary } from '../../../engine/connection/on-primary.js';
import { Session } from '../entities/session.entity.js';

export class SessionRepository extends Repository<Session> {
  /** The session with this token's hash and its user, unless the session has expired. */
  async findValid(tokenHash: string): Promise<Session | null> {
    if (!isStorable(tokenHash)) return null;
    return onPrimary(() =>
      this.findOne({
        where: { sessionToken: tokenHash, expiresAt: Raw((column) => `${column} > now()`) },
        relations: { user: true },
      }),
    );
  }

  /** Deletes up to `limit` expired sessions, and says how many; uses `idx_sessions_expires`. */
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
