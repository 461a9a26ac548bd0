import { Repository } from 'typeorm';
import { Request } from '../entities/request.entity.js';

export class RequestRepository extends Repository<Request> {
  /** The venue's requests that are not processed yet, oldest first. */
  findOpen(venueId: string): Promise<Request[]> {
    return this.find({
      where: { venueId, processed: false },
      order: { requestedAt: 'ASC', id: 'ASC' },
    });
  }
}
