import {
  BadRequestException,
  ForbiddenException,
  Injectable,
  NotFoundException,
} from '@nestjs/common';
import {
  type NearbyVenue,
  StateRepository,
  type Venue,
  VenueRepository,
  VenueService,
} from '@singr/database';
import type { SignedInUser } from '../auth/signed-in-user.js';
import type { NearbyQuery } from './nearby.schemas.js';
import type { CreateVenue, UpdateVenue, VenueListQuery } from './venues.schemas.js';

/** The permission to act for any customer. */
const forAnyCustomer = 'customers:update';

/**
 * Uses ordinary TypeORM: the database module adds the request's transaction and actor. Each write increments
 * the serial, so that OpenKJ notices it.
 */
@Injectable()
export class VenuesService {
  constructor(
    private readonly venues: VenueRepository,
    private readonly venueService: VenueService,
    private readonly states: StateRepository,
  ) {}

  async list({ page, pageSize }: VenueListQuery) {
    const [items, total] = await this.venues.findAndCount({
      order: { name: 'ASC', id: 'ASC' },
      skip: (page - 1) * pageSize,
      take: pageSize,
    });
    return { items, page, pageSize, total };
  }

  nearby(query: NearbyQuery): Promise<NearbyVenue[]> {
    return this.venues.nearby(query);
  }

  /** @throws NotFoundException */
  async get(id: string): Promise<Venue> {
    const venue = await this.venues.findOneBy({ id });
    if (venue === null) throw new NotFoundException(`There is no venue ${id}.`);
    return venue;
  }

  async create(user: SignedInUser, venue: CreateVenue): Promise<Venue> {
    const customerProfileId = venue.customerProfileId ?? user.customerProfileId;
    if (customerProfileId === undefined) {
      throw new BadRequestException(
        'customerProfileId: give the customer of the venue; you own no customer profile.',
      );
    }
    this.assertMayActFor(user, customerProfileId);
    const created = await this.venues.save(this.venues.create({ ...venue, customerProfileId }));
    await this.states.moveSerial(customerProfileId);
    return created;
  }

  async update(
    user: SignedInUser,
    id: string,
    { acceptingRequests, ...changes }: UpdateVenue,
  ): Promise<Venue> {
    const venue = await this.get(id);
    this.assertMayActFor(user, venue.customerProfileId);
    const changed = await this.venues.save(Object.assign(venue, changes));
    await this.states.moveSerial(venue.customerProfileId);
    if (acceptingRequests === undefined) return changed;
    await this.venueService.setAcceptingRequests(id, acceptingRequests);
    return this.get(id);
  }

  async delete(user: SignedInUser, id: string): Promise<void> {
    const venue = await this.get(id);
    this.assertMayActFor(user, venue.customerProfileId);
    await this.venues.remove(venue);
    await this.states.moveSerial(venue.customerProfileId);
  }

  /** @throws ForbiddenException unless the user owns the customer profile, or may act for any customer */
  private assertMayActFor(user: SignedInUser, customerProfileId: string): void {
    if (customerProfileId === user.customerProfileId) return;
    if (user.permissions.has(forAnyCustomer)) return;
    throw new ForbiddenException('The venue belongs to another customer.');
  }
}
