import { Raw, Repository } from 'typeorm';
import { Session } from '../entities/session.entity.js';

export class SessionRepository extends Repository<Session> {
  /** The session with this token's hash and its user, unless the session has expired. */
  findValid(tokenHash: string): Promise<Session | null> {
    return this.findOne({
      where: { sessionToken: tokenHash, expiresAt: Raw((column) => `${column} > now()`) },
      relations: { user: true },
    });
  }
}
