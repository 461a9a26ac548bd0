import { CustomerProfile } from '../../domains/identity/entities/customer-profile.entity.js';
import { State } from '../../domains/venues/entities/state.entity.js';
import { System } from '../../domains/venues/entities/system.entity.js';
import { Venue } from '../../domains/venues/entities/venue.entity.js';
import { factory, unique, uniqueNumber } from './factory.js';

export const venuesFactories = [
  factory(Venue, { customerProfileId: CustomerProfile }, () => ({
    openkjVenueId: uniqueNumber(),
    urlName: unique('venue-'),
    name: 'Test Karaoke Bar',
    address: '123 Main Street',
    city: 'Nashville',
    state: 'TN',
    postalCode: '37201',
  })),
  factory(System, { customerProfileId: CustomerProfile }, () => ({
    openkjSystemId: uniqueNumber(),
    name: 'Test system',
  })),
  factory(State, { customerProfileId: CustomerProfile }, () => ({})),
];
