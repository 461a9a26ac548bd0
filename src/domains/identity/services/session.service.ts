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

/** How long a session lasts that is not rotated: 12 hours, in milliseconds. */
const sessionLifetime = 12 * 60 * 60 * 1000;

/**
 * How long after it was opened a session ends, however often it is rotated: 30 days, in milliseconds, as
 * NIST SP 800-63B (4.1.3) has it for AAL1. For AAL2 (4.2.3) it is 12 hours.
 */
const absoluteSessionLifetime = 30 * 24 * 60 * 60 * 1000;

export interface SessionOptions {
  /** In milliseconds. Default: 12 hours. */
  lifetime?: number;
}

export interface RotateSessionOptions extends SessionOptions {
  /**
   * How long after it was opened the session ends at the latest, in milliseconds. Default: 30 days. One that
   * was opened for longer keeps its end.
   */
  absoluteLifetime?: number;
}

/** A session that was just opened or rotated. */
export interface OpenedSession {
  /** The bearer token. It is shown this once: only its hash is stored. */
  readonly token: string;
  readonly session: Session;
}

/** Who is signed in: sessions that are found by a bearer token. */
@Injectable()
export class SessionService {
  constructor(private readonly sessions: SessionRepository) {}

  /**
   * Opens a session of a user.
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

  /** The session that a token opens, with its user; null when it ended or never was. */
  resolve(token: string): Promise<Session | null> {
    return this.sessions.findValid(hashSecret(token));
  }

  /**
   * Gives a session another token, and its full lifetime again up to the absolute one: after a change of
   * rights, or from time to time. The old token opens nothing from then on. Of several that rotate one
   * token at the same time one succeeds.
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

  /** Ends a session. Says whether there was one. */
  async revoke(sessionId: string): Promise<boolean> {
    if (!isUuid(sessionId)) return false;
    const { affected } = await this.sessions.delete(sessionId);
    return affected === 1;
  }

  /**
   * Ends all sessions of a user, such as after a password reset; all but one where the user stays
   * signed in here. Says how many.
   *
   * @throws MissingFilterError for an exception that is there and has no value
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
   * Deletes expired sessions, `batchSize` rows a statement (default 1000), and says how many they were.
   * For a job, outside any transaction: then each batch commits by itself and holds no lock for long.
   * Several at once share the work.
   *
   * @throws InvalidCountError
   */
  async purgeExpired({ batchSize = 1000 }: { batchSize?: number } = {}): Promise<number> {
    return withDefaultActor({ name: 'purge expired sessions' }, () =>
      purgeInBatches(batchSize, (limit) => this.sessions.deleteExpired(limit)),
    );
  }
}
