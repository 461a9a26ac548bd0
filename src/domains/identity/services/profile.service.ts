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

/** The fields that a new singer profile can have. */
export type NewSingerProfile = Partial<
  Pick<SingerProfile, 'nickname' | 'avatarUrl' | 'preferences'>
>;

/** The fields that a new customer profile can have. */
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

/**
 * The profiles of users as singers, and as customers who run karaoke. A user has at most one profile of
 * each kind.
 */
@Injectable()
export class ProfileService {
  constructor(
    private readonly singers: SingerProfileRepository,
    private readonly customers: CustomerProfileRepository,
  ) {}

  /**
   * Finds the user's singer profile, or creates it. `fields` are used only for a new profile.
   *
   * @throws UserNotFoundError
   * @throws InvalidTextError
   */
  findOrCreateSinger(userId: string, fields: NewSingerProfile = {}): Promise<SingerProfile> {
    return findOrCreate(this.singers, userId, fields);
  }

  /**
   * Finds the user's customer profile, or creates it. `fields` are used only for a new profile.
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
