import { Repository } from 'typeorm';
import { User } from '../entities/user.entity.js';

export class UserRepository extends Repository<User> {
  /** The user with this e-mail address, in any case of its letters; uses `users_lower_email_key`. */
  findByEmail(email: string): Promise<User | null> {
    return this.createQueryBuilder('user')
      .where('lower(user.email) = lower(:email)', { email })
      .getOne();
  }
}
