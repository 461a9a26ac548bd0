import { Injectable, UnauthorizedException } from '@nestjs/common';
import {
  ActorContext,
  hashPassword,
  NoTransaction,
  SessionRepository,
  Transactional,
  UserRepository,
  verifyPassword,
} from '@singr/database';
import { createSessionToken, hashSessionToken } from '../auth/session-token.js';
import type { SignIn } from './sessions.schemas.js';

/** How long a session lasts: 12 hours, in milliseconds. */
const lifetime = 12 * 60 * 60 * 1000;

/** A session that was just opened, with its token in clear. */
export interface OpenedSession {
  readonly token: string;
  readonly expiresAt: Date;
}

@Injectable()
export class SessionsService {
  /** What an unknown user's password is compared with: it takes as long as a known one's. */
  private readonly hashOfNobody = hashPassword(createSessionToken());

  constructor(
    private readonly users: UserRepository,
    private readonly sessions: SessionRepository,
  ) {}

  /**
   * Opens a session. Outside a transaction, because checking a password takes a while, in which no
   * connection should be held.
   *
   * @throws UnauthorizedException, the same for an unknown address and for a wrong password
   */
  @NoTransaction()
  async signIn({ email, password }: SignIn): Promise<OpenedSession> {
    const user = await this.users.findByEmail(email);
    const hash = user?.passwordHash ?? (await this.hashOfNobody);
    const matches = await verifyPassword(hash, password);
    if (user === null || user.passwordHash === null || !matches) {
      throw new UnauthorizedException('The e-mail address or the password is wrong.');
    }
    // The request came from nobody yet; what it writes is the doing of the user who signs in.
    return ActorContext.run({ userId: user.id }, () => this.open(user.id));
  }

  async signOut(sessionId: string): Promise<void> {
    await this.sessions.delete(sessionId);
  }

  @Transactional()
  protected async open(userId: string): Promise<OpenedSession> {
    const token = createSessionToken();
    const now = Date.now();
    const expiresAt = new Date(now + lifetime);
    await this.sessions.insert({ userId, sessionToken: hashSessionToken(token), expiresAt });
    await this.users.update(userId, { lastLoginAt: new Date(now) });
    return { token, expiresAt };
  }
}
