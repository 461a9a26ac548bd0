import { Injectable } from '@nestjs/common';
import { checkTexts } from '../../../engine/common/check-texts.js';
import { violatedConstraint } from '../../common/constraint-violation.js';
import { isUuid } from '../../../engine/common/uuid.js';
import { withDefaultActor } from '../../common/default-actor.js';
import type { CustomerProfile } from '../entities/customer-profile.entity.js';
import type { SingerProfile } from '../entities/singer-profile.entity.js';
import { UserNotFoundError } from '../errors.js';
import {
  CustomerProfileRepository,
  SingerProfileRepository,
} from '../repositories/profile.repository.js';

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
    private readonly singers: SingerProfileRepository,
    private readonly customers: CustomerProfileRepository,
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

async function findOrCreate<E, F extends object>(
  profiles: { findOrCreate(userId: string, fields: F): Promise<E> },
  userId: string,
  fields: F,
): Promise<E> {
  if (!isUuid(userId)) throw new UserNotFoundError(userId);
  checkTexts(fields);
  try {
    return await withDefaultActor({ userId }, () => profiles.findOrCreate(userId, fields));
  } catch (error) {
    throw /^(singer|customer)_profiles_users_id_fkey$/.test(violatedConstraint(error) ?? '')
      ? new UserNotFoundError(userId)
      : error;
  }
}
