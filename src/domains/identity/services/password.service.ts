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

/** Passwords: Argon2id with OWASP's parameters, kept up to date as people sign in. */
@Injectable()
export class PasswordService {
  constructor(private readonly users: UserRepository) {}

  /**
   * The user with this e-mail address, in capitals or small letters, and this password. Notes the time in
   * `last_login_at`, and hashes the password again when its hash has other parameters than today's.
   *
   * An unknown user, one without a password and a wrong password take the same work and get the same
   * error. Checking takes some tens of milliseconds: call it outside a transaction (`@NoTransaction()`
   * on the handler), so that no connection is held meanwhile.
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
    // The request came from nobody yet; what it writes is the doing of the user who signs in.
    await withDefaultActor({ userId: user.id }, () => this.noteSignIn(user, hash, password));
    return user;
  }

  /**
   * Gives a user a password. Whoever resets one that may be known to others revokes the user's sessions
   * as well (`SessionService.revokeAll`).
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
    // Only over the hash that was checked: meanwhile another password may have been set.
    await this.users.update({ id: user.id, passwordHash: hash }, { passwordHash, passwordAlgo });
  }
}
