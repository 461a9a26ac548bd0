import type { FindOptionsWhere } from 'typeorm';
import type { QueryDeepPartialEntity } from 'typeorm/query-builder/QueryPartialEntity.js';
import { onPrimary } from '../../../engine/connection/on-primary.js';
import { emailKeyOf, normalEmail } from '../../../engine/common/email-key.js';
import { DomainRepository } from '../../common/domain.repository.js';
import type { CustomerProfile } from '../entities/customer-profile.entity.js';
import type { SingerProfile } from '../entities/singer-profile.entity.js';

/** The base class of repositories of profiles; each user has at most one row. */
abstract class ProfileRepository<
  E extends SingerProfile | CustomerProfile,
> extends DomainRepository<E> {
  /**
   * Finds the user's profile, or creates it with the given values.
   *
   * @internal
   */
  findOrCreate(userId: string, values: QueryDeepPartialEntity<E>): Promise<E> {
    // A new customer is a new tenant, which nobody can belong to yet.
    return this.everywhere(() => this.findOrInsert(userId, values));
  }

  private async findOrInsert(userId: string, values: QueryDeepPartialEntity<E>): Promise<E> {
    const insert = this.createQueryBuilder().insert();
    const made = await this.write(insert.values({ ...values, userId }).orIgnore());
    if (made !== null) return made;
    return onPrimary(() => this.findOneByOrFail({ userId } as FindOptionsWhere<E>));
  }

  /**
   * Writes the given fields of a profile; null when it does not exist. Other callers may change other fields
   * at the same time.
   *
   * @internal
   */
  change(id: string, fields: QueryDeepPartialEntity<E>): Promise<E | null> {
    const where = { id } as FindOptionsWhere<E>;
    if (Object.keys(fields).length === 0) return onPrimary(() => this.findOneBy(where));
    return this.write(this.createQueryBuilder().update().set(fields).where(where));
  }
}

export class SingerProfileRepository extends ProfileRepository<SingerProfile> {}

export class CustomerProfileRepository extends ProfileRepository<CustomerProfile> {
  /**
   * Finds customers by the e-mail address of their user or of the business, or by a name of the business,
   * without regard to case. It is for the command line, because names have no index.
   *
   * @internal
   */
  findByNameOrEmail(text: string): Promise<CustomerProfile[]> {
    const query = this.createQueryBuilder('customer').innerJoin('customer.user', 'user');
    const address = normalEmail(text);
    if (address === undefined) {
      query.where('lower(:text) IN (lower(customer.dbaName), lower(customer.legalBusinessName))', {
        text: text.trim(),
      });
    } else {
      query.where(
        `${emailKeyOf(':address')} IN (${emailKeyOf('user.email')}, ${emailKeyOf('customer.contactEmail')})`,
        { address },
      );
    }
    return query.orderBy('customer.id').limit(10).getMany();
  }
}
