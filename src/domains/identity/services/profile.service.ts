import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import type { Repository } from 'typeorm';
import { checkTexts } from '../../../engine/common/check-texts.js';
import { violatedConstraint } from '../../common/constraint-violation.js';
import { entityFromRow } from '../../common/entity-from-row.js';
import { isUuid } from '../../../engine/common/uuid.js';
import { onPrimary } from '../../../engine/connection/on-primary.js';
import { withDefaultActor } from '../default-actor.js';
import { CustomerProfile } from '../entities/customer-profile.entity.js';
import { SingerProfile } from '../entities/singer-profile.entity.js';
import { UserNotFoundError } from '../errors.js';

/** What a singer profile can be made with. */
export type NewSingerProfile = Partial<
  Pick<SingerProfile, 'nickname' | 'avatarUrl' | 'preferences'>
>;

/** What a customer profile can be made with. */
export type NewCustomerProfile = Partial<
  Pick<
    CustomerProfile,
    | 'legalBusinessName'
    | 'dbaName'
    | 'contactEmail'
    | 'contactPhone'
    | 'timezone'
    | 'billingAddress'
    | 'metadata'
  >
>;

/** What users are besides: singers, and customers who run karaoke. Each user is either once at most. */
@Injectable()
export class ProfileService {
  constructor(
    @InjectRepository(SingerProfile) private readonly singers: Repository<SingerProfile>,
    @InjectRepository(CustomerProfile) private readonly customers: Repository<CustomerProfile>,
  ) {}

  /**
   * The user's singer profile, which is made if there is none yet: `fields` count only then.
   *
   * @throws UserNotFoundError
   * @throws InvalidTextError
   */
  findOrCreateSinger(userId: string, fields: NewSingerProfile = {}): Promise<SingerProfile> {
    return findOrCreate(this.singers, userId, fields);
  }

  /**
   * The user's customer profile, which is made if there is none yet: `fields` count only then.
   *
   * @throws UserNotFoundError
   * @throws InvalidTextError
   */
  findOrCreateCustomer(userId: string, fields: NewCustomerProfile = {}): Promise<CustomerProfile> {
    return findOrCreate(this.customers, userId, fields);
  }
}

async function findOrCreate<E extends SingerProfile | CustomerProfile>(
  profiles: Repository<E>,
  userId: string,
  fields: NewSingerProfile | NewCustomerProfile,
): Promise<E> {
  if (!isUuid(userId)) throw new UserNotFoundError(userId);
  checkTexts(fields);
  const insert = profiles
    .createQueryBuilder()
    .insert()
    .values({ ...fields, userId } as object)
    .orIgnore()
    .returning('*')
    .updateEntity(false);
  try {
    const { raw } = await withDefaultActor({ userId }, () => insert.execute());
    const [row] = raw as Record<string, unknown>[];
    if (row !== undefined) return entityFromRow(profiles, row);
  } catch (error) {
    const table = profiles.metadata.tableName;
    if (violatedConstraint(error) === `${table}_users_id_fkey`) throw new UserNotFoundError(userId);
    throw error;
  }
  const found = profiles
    .createQueryBuilder('profile')
    .where('profile.userId = :userId', { userId });
  return onPrimary(() => found.getOneOrFail());
}
