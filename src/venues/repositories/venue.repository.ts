import { Repository } from 'typeorm';
import { Venue } from '../entities/venue.entity.js';

export class VenueRepository extends Repository<Venue> {
  /** The venue with this name in URLs. */
  findByUrlName(urlName: string): Promise<Venue | null> {
    return this.findOneBy({ urlName });
  }
}
