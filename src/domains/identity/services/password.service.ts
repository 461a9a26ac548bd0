import { Injectable } from '@nestjs/common';
import { isUuid } from '../../../engine/common/uuid.js';
import { withDefaultActor } from '../../common/default-actor.js';
import type { User } from '../entities/user.entity.js';
import { InvalidCredentialsError, UserNotFoundError } from '../errors.js';
import {
  hashOfNobody,
  hashPassword,
  needsRehash,
  passwordAlgo,
  verifyPassword,
} from '../passwords/password-hashing.js';
import { checkPassword } from '../passwords/password-policy.js';
import { UserRepository } from '../repositories/user.repository.js';

/**
 * Checks and sets passwords. The hashes are Argon2id with OWASP's parameters, and are renewed at sign-in
 * when these change.
 */
@Injectable()
export class PasswordService {
  constructor(private readonly users: UserRepository) {}

  /**
   * Finds the user with this e-mail address (without regard to case) and this password. Records the time in
   * `last_login_at`, and renews the hash if its parameters are outdated.
   *
   * An unknown user, a user without a password, and a wrong password take the same time and give the same
   * error. The check takes tens of milliseconds. Call it outside a transaction (`@NoTransaction()` on the
   * handler), so that no connection is held meanwhile.
   *
   * @throws InvalidCredentialsError
   */
  async authenticate(email: string, password: string): Promise<User> {
    const user = await this.users.findByEmail(email);
    const hash = user?.passwordHash ?? hashOfNobody;
    const matches = await verifyPassword(hash, password);
    if (user === null || user.passwordHash === null || !matches) {
      throw new InvalidCredentialsError();
    }
    // The sign-in request usually has no actor; then the user who signs in is the actor.
    await withDefaultActor({ userId: user.id }, () => this.noteSignIn(user, hash, password));
    return user;
  }

  /**
   * Sets a user's password. After a reset of a password that others may know, revoke the user's sessions as
   * well (`SessionService.revokeAll`).
   *
   * @throws InvalidPasswordError
   * @throws UserNotFoundError
   */
  async setPassword(userId: string, password: string): Promise<void> {
    const passwordHash = await hashPassword(checkPassword(password));
    if (!isUuid(userId)) throw new UserNotFoundError(userId);
    const { affected } = await withDefaultActor({ userId }, () =>
      this.users.update(userId, { passwordHash, passwordAlgo }),
    );
    if (affected === 0) throw new UserNotFoundError(userId);
  }

  private async noteSignIn(user: User, hash: string, password: string): Promise<void> {
    const lastLoginAt = new Date();
    const { affected } = await this.users.update(user.id, { lastLoginAt });
    if (affected === 0) throw new InvalidCredentialsError();
    Object.assign(user, { lastLoginAt });
    if (!needsRehash(hash)) return;
    const passwordHash = await hashPassword(password);
    // Only if the hash is unchanged: the password may have been changed in the meantime.
    await this.users.update({ id: user.id, passwordHash: hash }, { passwordHash, passwordAlgo });
  }
}
