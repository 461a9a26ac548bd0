import { Injectable } from '@nestjs/common';
import { checkTexts } from '../../../engine/common/check-texts.js';
import { violatedConstraint } from '../../common/constraint-violation.js';
import { isUuid } from '../../../engine/common/uuid.js';
import { givenFields } from '../../common/given-fields.js';
import { withDefaultActor } from '../../common/default-actor.js';
import type { CustomerProfile } from '../entities/customer-profile.entity.js';
import type { SingerProfile } from '../entities/singer-profile.entity.js';
import {
  CustomerProfileNotFoundError,
  SingerProfileNotFoundError,
  UserNotFoundError,
} from '../errors.js';
import {
  CustomerProfileRepository,
  SingerProfileRepository,
} from '../repositories/profile.repository.js';

const singerFields = ['nickname', 'avatarUrl', 'preferences'] as const;

const customerFields = [
  'legalBusinessName',
  'dbaName',
  'contactEmail',
  'contactPhone',
  'timezone',
  'billingAddress',
  'metadata',
] as const;

/** The fields that a new singer profile can have. */
export type NewSingerProfile = Partial<Pick<SingerProfile, (typeof singerFields)[number]>>;

/** The fields that a new customer profile can have. */
export type NewCustomerProfile = Partial<Pick<CustomerProfile, (typeof customerFields)[number]>>;

/** The fields of a singer profile that change. One that is left out or undefined stays as it is. */
export type SingerProfileChanges = NewSingerProfile;

/** The fields of a customer profile that change. One that is left out or undefined stays as it is. */
export type CustomerProfileChanges = NewCustomerProfile;

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

  /**
   * Changes the given fields of a singer profile, and no others. JSON is replaced as a whole. Returns the
   * profile as it is now.
   *
   * @throws SingerProfileNotFoundError
   * @throws InvalidTextError
   */
  async updateSinger(id: string, changes: SingerProfileChanges): Promise<SingerProfile> {
    const fields = givenFields(changes, singerFields);
    checkTexts(fields);
    const profile = isUuid(id) ? await this.singers.change(id, fields) : null;
    if (profile === null) throw new SingerProfileNotFoundError(id);
    return profile;
  }

  /**
   * Changes the given fields of a customer profile, and no others. JSON is replaced as a whole. Returns the
   * profile as it is now.
   *
   * @throws CustomerProfileNotFoundError
   * @throws InvalidTextError
   */
  async updateCustomer(id: string, changes: CustomerProfileChanges): Promise<CustomerProfile> {
    const fields = givenFields(changes, customerFields);
    checkTexts(fields);
    const profile = isUuid(id) ? await this.customers.change(id, fields) : null;
    if (profile === null) throw new CustomerProfileNotFoundError(id);
    return profile;
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
