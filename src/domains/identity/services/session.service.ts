import { Injectable } from '@nestjs/common';
import { Not } from 'typeorm';
import { checkFilters } from '../../../engine/common/check-filters.js';
import { violatedConstraint } from '../../common/constraint-violation.js';
import { fromNow } from '../../common/from-now.js';
import { purgeInBatches } from '../../common/purge-in-batches.js';
import { createSecret, hashSecret } from '../../common/secret.js';
import { isUuid } from '../../../engine/common/uuid.js';
import { withDefaultActor } from '../../common/default-actor.js';
import type { Session } from '../entities/session.entity.js';
import { SessionInvalidError, UserNotFoundError } from '../errors.js';
import { SessionRepository } from '../repositories/session.repository.js';

/** The default lifetime of a session that is not rotated: 12 hours, in milliseconds. */
const sessionLifetime = 12 * 60 * 60 * 1000;

/**
 * The maximum age of a session, however often it is rotated: 30 days, in milliseconds. That is the limit of
 * NIST SP 800-63B (4.1.3) for AAL1; for AAL2 (4.2.3) it is 12 hours.
 */
const absoluteSessionLifetime = 30 * 24 * 60 * 60 * 1000;

export interface SessionOptions {
  /** In milliseconds. Default: 12 hours. */
  lifetime?: number;
}

export interface RotateSessionOptions extends SessionOptions {
  /**
   * The maximum age of the session in milliseconds, counted from its creation. Default: 30 days. A session
   * that was created with a longer lifetime keeps its end.
   */
  absoluteLifetime?: number;
}

/** A newly created or rotated session. */
export interface OpenedSession {
  /** The bearer token. It is available only here: the database stores its hash. */
  readonly token: string;
  readonly session: Session;
}

/** The sessions of signed-in users, found by a bearer token. */
@Injectable()
export class SessionService {
  constructor(private readonly sessions: SessionRepository) {}

  /**
   * Creates a session for a user.
   *
   * @throws UserNotFoundError
   * @throws InvalidLifetimeError
   */
  async create(
    userId: string,
    { lifetime = sessionLifetime }: SessionOptions = {},
  ): Promise<OpenedSession> {
    if (!isUuid(userId)) throw new UserNotFoundError(userId);
    fromNow(lifetime);
    const token = createSecret();
    try {
      const session = await withDefaultActor({ userId }, () =>
        this.sessions.open(userId, hashSecret(token), lifetime),
      );
      return { token, session };
    } catch (error) {
      if (violatedConstraint(error) === 'sessions_users_id_fkey') {
        throw new UserNotFoundError(userId);
      }
      throw error;
    }
  }

  /** Finds the session of a token, with its user; null when it has ended or never existed. */
  resolve(token: string): Promise<Session | null> {
    return this.sessions.findValid(hashSecret(token));
  }

  /**
   * Gives a session a new token, and restarts its lifetime, up to the absolute lifetime. Use it after a
   * change of permissions, or regularly. The old token is no longer valid. When several callers rotate one
   * token at the same time, one succeeds.
   *
   * @throws SessionInvalidError
   * @throws InvalidLifetimeError
   */
  async rotate(
    token: string,
    {
      lifetime = sessionLifetime,
      absoluteLifetime = absoluteSessionLifetime,
    }: RotateSessionOptions = {},
  ): Promise<OpenedSession> {
    for (const length of [lifetime, absoluteLifetime]) fromNow(length);
    const current = await this.resolve(token);
    if (current === null) throw new SessionInvalidError();
    const { userId, user } = current;
    const next = createSecret();
    const renewed = await withDefaultActor({ userId }, () =>
      this.sessions.renew(current, hashSecret(next), lifetime, absoluteLifetime),
    );
    if (renewed === null) throw new SessionInvalidError();
    return { token: next, session: Object.assign(renewed, { user }) };
  }

  /** Ends a session. Returns whether it existed. */
  async revoke(sessionId: string): Promise<boolean> {
    if (!isUuid(sessionId)) return false;
    const { affected } = await this.sessions.delete(sessionId);
    return affected === 1;
  }

  /**
   * Ends all sessions of a user, such as after a password reset. `except` is the id of a session to keep,
   * such as the current one. Returns the number of ended sessions.
   *
   * @throws MissingFilterError when `except` is present without a value
   */
  async revokeAll(userId: string, options: { except?: string } = {}): Promise<number> {
    checkFilters(options, 'except');
    const { except } = options;
    if (!isUuid(userId)) return 0;
    const { affected } = await withDefaultActor({ userId }, () =>
      this.sessions.delete({ userId, ...(isUuid(except) ? { id: Not(except) } : {}) }),
    );
    return affected ?? 0;
  }

  /**
   * Deletes expired sessions in batches of `batchSize` rows (default 1000), and returns their number. For a
   * scheduled job, outside any transaction: then each batch commits separately and holds its locks briefly.
   * Concurrent runs share the work.
   *
   * @throws InvalidCountError
   */
  async purgeExpired({ batchSize = 1000 }: { batchSize?: number } = {}): Promise<number> {
    return withDefaultActor({ name: 'purge expired sessions' }, () =>
      purgeInBatches(batchSize, (limit) => this.sessions.deleteExpired(limit)),
    );
  }
}
