import type { FindOptionsWhere } from 'typeorm';
import type { QueryDeepPartialEntity } from 'typeorm/query-builder/QueryPartialEntity.js';
import { onPrimary } from '../../../engine/connection/on-primary.js';
import { DomainRepository } from '../../common/domain.repository.js';
import type { CustomerProfile } from '../entities/customer-profile.entity.js';
import type { SingerProfile } from '../entities/singer-profile.entity.js';

/** A table of which each user has one row at most. */
abstract class ProfileRepository<
  E extends SingerProfile | CustomerProfile,
> extends DomainRepository<E> {
  /**
   * The user's profile, which is made with the given values if there is none yet.
   *
   * @internal
   */
  async findOrCreate(userId: string, values: QueryDeepPartialEntity<E>): Promise<E> {
    const insert = this.createQueryBuilder().insert();
    const made = await this.write(insert.values({ ...values, userId }).orIgnore());
    if (made !== null) return made;
    return onPrimary(() => this.findOneByOrFail({ userId } as FindOptionsWhere<E>));
  }
}

export class SingerProfileRepository extends ProfileRepository<SingerProfile> {}

export class CustomerProfileRepository extends ProfileRepository<CustomerProfile> {}
