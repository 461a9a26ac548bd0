import { Repository } from 'typeorm';
import { SongDb } from '../entities/song-db.entity.js';

export class SongRepository extends Repository<SongDb> {
  /** The whole catalogue of a system by artist and title: up to several hundred thousand songs. */
  findBySystem(customerProfileId: string, openkjSystemId: number): Promise<SongDb[]> {
    return this.find({
      where: { customerProfileId, openkjSystemId },
      order: { artist: 'ASC', title: 'ASC', id: 'ASC' },
    });
  }
}
