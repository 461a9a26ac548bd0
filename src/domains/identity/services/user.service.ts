import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { checkTexts } from '../../../engine/common/check-texts.js';
import { isUuid } from '../../../engine/common/uuid.js';
import { withDefaultActor } from '../../common/default-actor.js';
import { checkEmail } from './email.js';
import type { User } from '../entities/user.entity.js';
import { EmailTakenError, UserNotFoundError } from '../errors.js';
import { hashPassword, passwordAlgo } from '../passwords/password-hashing.js';
import { checkPassword } from '../passwords/password-policy.js';
import { UserRepository } from '../repositories/user.repository.js';

export interface NewUser extends Partial<
  Pick<User, 'name' | 'displayName' | 'phoneNumber' | 'imageUrl' | 'isEmailVerified'>
> {
  /** Stored as given, in normal form NFC. Unique without regard to case. */
  email: string;
  /** Left out for a user who signs in only with an OAuth account. */
  password?: string;
}

/** The number of attempts when other callers create and remove the user all the time. */
const attempts = 10;

/** Users and their e-mail addresses. */
@Injectable()
export class UserService {
  constructor(private readonly users: UserRepository) {}

  /**
   * Finds the user with this e-mail address, without regard to case. Send mail to the address of the
   * returned user, never to the one that was typed.
   */
  findByEmail(email: string): Promise<User | null> {
    return this.users.findByEmail(email);
  }

  /**
   * Creates a user. When several callers register one address at the same time, one succeeds.
   *
   * If no actor is set, the audit trail names the new user as the actor. The password is hashed before the
   * first query, so that no connection is held meanwhile.
   *
   * @throws InvalidEmailError
   * @throws InvalidTextError
   * @throws InvalidPasswordError
   * @throws EmailTakenError
   */
  async register(newUser: NewUser): Promise<User> {
    const user = await this.insert(newUser);
    if (user === null) throw new EmailTakenError();
    return user;
  }

  /**
   * Finds the user with this e-mail address, or creates one without a password and with the address
   * unverified. The caller has not proved to be this user.
   *
   * @throws InvalidEmailError
   * @throws EmailTakenError when other users repeatedly take and release the address
   */
  async findOrCreate(email: string): Promise<User> {
    checkEmail(email);
    for (let attempt = 0; attempt < attempts; attempt++) {
      const user = (await this.users.findByEmail(email)) ?? (await this.insert({ email }));
      if (user !== null) return user;
      // Another caller has inserted the user and committed; otherwise the INSERT would still wait. The next
      // attempt finds the user, unless the user was deleted or has changed the address in the meantime.
      // Then it inserts the user.
    }
    throw new EmailTakenError();
  }

  /**
   * Marks a user's address as verified. Call it in the transaction that consumed the token sent to that
   * address. Returns the user, or null when the user no longer has this address.
   */
  async verifyEmail(user: Pick<User, 'id' | 'email'>): Promise<User | null> {
    return isUuid(user?.id) ? this.users.markVerified(user.id, user.email) : null;
  }

  /**
   * Changes a user's e-mail address. The new one is unverified, unless it differs only in case. Tokens that
   * were sent to the old address become invalid. If the address is taken, the surrounding transaction stays
   * usable.
   *
   * @throws InvalidEmailError
   * @throws EmailTakenError
   * @throws UserNotFoundError
   */
  async changeEmail(userId: string, email: string): Promise<User> {
    const address = checkEmail(email);
    const user = isUuid(userId)
      ? await withDefaultActor({ userId }, () => this.users.changeEmail(userId, address))
      : null;
    if (user === null) throw new UserNotFoundError(userId);
    return user;
  }

  private async insert({ email, password, ...fields }: NewUser): Promise<User | null> {
    const address = checkEmail(email);
    checkTexts(fields);
    const credentials =
      password === undefined
        ? {}
        : { passwordHash: await hashPassword(checkPassword(password)), passwordAlgo };
    const id = randomUUID();
    return withDefaultActor({ userId: id }, () =>
      this.users.insertIfAbsent({ ...fields, ...credentials, id, email: address }),
    );
  }
}
