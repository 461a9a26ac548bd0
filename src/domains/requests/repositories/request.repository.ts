import { Repository, type SelectQueryBuilder } from 'typeorm';
import { rawAndEntities } from '../../common/raw-and-entities.js';
import { isUuid } from '../../../engine/common/uuid.js';
import { onPrimary } from '../../../engine/connection/on-primary.js';
import { Request } from '../entities/request.entity.js';
import { InvalidRequestListError } from '../errors.js';

const mostRequests = 500;

export class RequestRepository extends Repository<Request> {
  /** The venue's requests that are not processed yet, each with its singer, oldest first. */
  async findOpen(venueId: string): Promise<Request[]> {
    if (!isUuid(venueId)) return [];
    const query = this.withSinger()
      .where('request.venueId = :venueId AND NOT request.processed', { venueId })
      .orderBy('request.requestedAt')
      .addOrderBy('request.id');
    // With a new serial OpenKJ asks for the queue, and must not be given the old one.
    return (await onPrimary(() => rawAndEntities(query))).entities;
  }

  /**
   * The last requests of all venues, each with its venue and its singer, newest first.
   *
   * @param limit How many at most, 1 to 500.
   * @throws InvalidRequestListError for a limit that is not valid
   */
  async findNewest(limit = 100): Promise<Request[]> {
    if (!(Number.isInteger(limit) && limit >= 1 && limit <= mostRequests)) {
      throw new InvalidRequestListError(
        `A limit of ${String(limit)} is not valid. Give a whole number from 1 to ${mostRequests}.`,
      );
    }
    const query = this.withSinger()
      .innerJoinAndSelect('request.venue', 'venue')
      .orderBy('request.id', 'DESC')
      .limit(limit);
    return (await rawAndEntities(query)).entities;
  }

  private withSinger(): SelectQueryBuilder<Request> {
    return this.createQueryBuilder('request').leftJoinAndSelect('request.singerProfile', 'singer');
  }
}
