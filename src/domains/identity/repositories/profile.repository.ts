import type { FindOptionsWhere } from 'typeorm';
import type { QueryDeepPartialEntity } from 'typeorm/query-builder/QueryPartialEntity.js';
import { onPrimary } from '../../../engine/connection/on-primary.js';
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
  async findOrCreate(userId: string, values: QueryDeepPartialEntity<E>): Promise<E> {
    const insert = this.createQueryBuilder().insert();
    const made = await this.write(insert.values({ ...values, userId }).orIgnore());
    if (made !== null) return made;
    return onPrimary(() => this.findOneByOrFail({ userId } as FindOptionsWhere<E>));
  }

  /**
   * Writes the given fields of a profile; null when it does not exist. Other fields may change at once.
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

export class CustomerProfileRepository extends ProfileRepository<CustomerProfile> {}
