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
  /** Stored as given, in the normal form NFC, and unique whatever letters are capitals. */
  email: string;
  /** Left out for a user who signs in with an OAuth account only. */
  password?: string;
}

/** How often to look for a user who was made, and was gone again when looked for. */
const attempts = 10;

/** Who the users are. */
@Injectable()
export class UserService {
  constructor(private readonly users: UserRepository) {}

  /**
   * The user with this e-mail address, in capitals or small letters. Send mail to the address of the user
   * that is returned, never to the one that was typed.
   */
  findByEmail(email: string): Promise<User | null> {
    return this.users.findByEmail(email);
  }

  /**
   * Makes a user. Of several that register one address at the same time one succeeds.
   *
   * Where nobody is signed in, the entry in the audit trail names the new user. The password is hashed
   * before the first query, so that no connection is held meanwhile.
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
   * The user with this e-mail address, who is made if there is none yet: without a password, and with
   * the address not verified. Who brings the address has not proved to be the user.
   *
   * @throws InvalidEmailError
   * @throws EmailTakenError when others take the address and let go of it all the time
   */
  async findOrCreate(email: string): Promise<User> {
    checkEmail(email);
    for (let attempt = 0; attempt < attempts; attempt++) {
      const user = (await this.users.findByEmail(email)) ?? (await this.insert({ email }));
      if (user !== null) return user;
      // Somebody else was faster, and has committed: otherwise the INSERT would still wait. The user is
      // found now, unless deleted or given another address by now, and then made after all.
    }
    throw new EmailTakenError();
  }

  /**
   * Notes that a user proved to read mail at an address: call it in the transaction that consumed the token
   * sent there. The user; null when the address is not the user's any more.
   */
  async verifyEmail(user: Pick<User, 'id' | 'email'>): Promise<User | null> {
    return isUuid(user?.id) ? this.users.markVerified(user.id, user.email) : null;
  }

  /**
   * Gives a user another e-mail address, which counts as not verified unless it is the old one in other
   * letters. Tokens that were sent to the old one are worth nothing any more. A transaction around can go on
   * when it is taken.
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
