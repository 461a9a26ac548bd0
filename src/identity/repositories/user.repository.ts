import { Repository } from 'typeorm';
import { isStorable } from '../../common/check-texts.js';
import { entityFromRow } from '../../common/entity-from-row.js';
import { onPrimary } from '../../connection/on-primary.js';
import { User } from '../entities/user.entity.js';

export class UserRepository extends Repository<User> {
  /** The user with this e-mail address, in any case of its letters; uses `users_lower_email_key`. */
  async findByEmail(email: string): Promise<User | null> {
    if (!isStorable(email)) return null;
    const query = this.createQueryBuilder('user').where('lower(user.email) = lower(:email)', {
      email,
    });
    return onPrimary(() => query.getOne());
  }

  /**
   * Inserts a user, unless the e-mail address is taken in any case of its letters: then null. No
   * statement fails, so that a transaction around can go on.
   */
  async insertIfAbsent(fields: Partial<User> & Pick<User, 'email'>): Promise<User | null> {
    const { raw } = await this.createQueryBuilder()
      .insert()
      .values(fields)
      .orIgnore()
      .returning('*')
      .updateEntity(false)
      .execute();
    const [row] = raw as Record<string, unknown>[];
    return row === undefined ? null : entityFromRow(this, row);
  }
}
