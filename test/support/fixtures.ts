import { CustomerProfile, User, Venue } from '@singr/database';
import { create } from '@singr/database/testing';
import type { EntityManager } from 'typeorm';

/** Rows with unique values that most suites need. */

export function createUser(manager: EntityManager, fields: Partial<User> = {}): Promise<User> {
  return create(manager, User, fields);
}

export function createCustomerProfile(
  manager: EntityManager,
  fields: Partial<CustomerProfile> = {},
): Promise<CustomerProfile> {
  return create(manager, CustomerProfile, fields);
}

export function createVenue(manager: EntityManager, fields: Partial<Venue> = {}): Promise<Venue> {
  return create(manager, Venue, fields);
}
