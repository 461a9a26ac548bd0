import { violatedConstraint } from '../../common/constraint-violation.js';
import { emailKeyOf, normalEmail } from '../../../engine/common/email-key.js';
import { DomainRepository } from '../../common/domain.repository.js';
import { onPrimary } from '../../../engine/connection/on-primary.js';
import { withDefaultActor } from '../../common/default-actor.js';
import { User } from '../entities/user.entity.js';
import { EmailTakenError } from '../errors.js';

export class UserRepository extends DomainRepository<User> {
  /** Finds the user with this e-mail address, without regard to case. Uses `users_lower_email_key`. */
  async findByEmail(email: string): Promise<User | null> {
    const address = normalEmail(email);
    if (address === undefined) return null;
    const query = this.createQueryBuilder('user').where(
      `${emailKeyOf('user.email')} = ${emailKeyOf(':address')}`,
      { address },
    );
    return onPrimary(() => query.getOne());
  }

  /**
   * Inserts a user; null when the e-mail address is taken, without regard to case. A conflict does not fail
   * the statement, so the surrounding transaction stays usable.
   *
   * @internal
   */
  insertIfAbsent(fields: Partial<User> & Pick<User, 'email'>): Promise<User | null> {
    return this.write(this.createQueryBuilder().insert().values(fields).orIgnore());
  }

  /**
   * Marks the address of a user as verified; null when the user does not have this address (any more).
   *
   * @internal
   */
  markVerified(userId: string, email: string): Promise<User | null> {
    const update = this.createQueryBuilder()
      .update()
      .set({ isEmailVerified: true })
      .where(`users_id = :userId AND ${emailKeyOf('email')} = ${emailKeyOf(':address')}`, {
        userId,
        address: normalEmail(email),
      });
    return withDefaultActor({ userId }, () => this.write(update));
  }

  /**
   * Changes a user's address; null when the user does not exist. It runs in a savepoint, so a conflict
   * leaves the surrounding transaction usable.
   *
   * @throws EmailTakenError
   * @internal
   */
  async changeEmail(id: string, email: string): Promise<User | null> {
    try {
      return await this.manager.transaction(() =>
        this.write(
          this.createQueryBuilder()
            .update()
            .set({
              email,
              isEmailVerified: () =>
                `is_email_verified AND ${emailKeyOf('email')} = ${emailKeyOf(':email')}`,
            })
            .where('users_id = :id')
            .setParameters({ id, email }),
        ),
      );
    } catch (error) {
      const constraint = violatedConstraint(error);
      const isTaken = constraint === 'users_lower_email_key' || constraint === 'users_email_key';
      throw isTaken ? new EmailTakenError() : error;
    }
  }
}
