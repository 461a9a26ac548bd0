import { randomUUID } from 'node:crypto';
import type { EntityManager } from 'typeorm';
import { CustomerProfile } from '../../src/identity/entities/customer-profile.entity.js';
import { User } from '../../src/identity/entities/user.entity.js';
import { Venue } from '../../src/venues/entities/venue.entity.js';

/** Rows that most suites need, each unlike every other. */

export function createUser(manager: EntityManager, fields: Partial<User> = {}): Promise<User> {
  return manager.save(manager.create(User, { email: `${randomUUID()}@example.com`, ...fields }));
}

export async function createCustomerProfile(
  manager: EntityManager,
  fields: Partial<CustomerProfile> = {},
): Promise<CustomerProfile> {
  const userId = fields.userId ?? (await createUser(manager)).id;
  return manager.save(manager.create(CustomerProfile, { ...fields, userId }));
}

export async function createVenue(
  manager: EntityManager,
  fields: Partial<Venue> = {},
): Promise<Venue> {
  const customerProfileId = fields.customerProfileId ?? (await createCustomerProfile(manager)).id;
  const venue = manager.create(Venue, {
    openkjVenueId: 1,
    urlName: `venue-${randomUUID()}`,
    name: 'Test Karaoke Bar',
    address: '123 Main St',
    city: 'Nashville',
    state: 'TN',
    postalCode: '37201',
    ...fields,
    customerProfileId,
  });
  return manager.save(venue);
}
