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

/** Who has it may act for any customer. */
const forAnyCustomer = 'customers:update';

/**
 * Ordinary TypeORM: the request's transaction and its actor are the database module's affair. Each write moves
 * the serial, by which OpenKJ gets to know.
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
        'customerProfileId: say which customer the venue belongs to; you own no customer profile.',
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

  /** @throws ForbiddenException unless the user owns the customer profile, or serves every customer */
  private assertMayActFor(user: SignedInUser, customerProfileId: string): void {
    if (customerProfileId === user.customerProfileId) return;
    if (user.permissions.has(forAnyCustomer)) return;
    throw new ForbiddenException('The venue belongs to another customer.');
  }
}
