import { DomainRepository } from '../../common/domain.repository.js';
import { isOpenkjNumber } from '../../common/openkj-number.js';
import { isUuid } from '../../../engine/common/uuid.js';
import { SongDb } from '../entities/song-db.entity.js';
import { searchSongs } from '../search/search-songs.js';
import type { Candidate } from '../search/search-statements.js';
import type { SongMatch, SongSearch } from '../search/song-search.js';

export class SongRepository extends DomainRepository<SongDb> {
  /** The whole catalogue of a system by artist and title: up to several hundred thousand songs. */
  async findBySystem(customerProfileId: string, openkjSystemId: number): Promise<SongDb[]> {
    if (!isUuid(customerProfileId) || !isOpenkjNumber(openkjSystemId)) return [];
    return this.find({
      where: { customerProfileId, openkjSystemId },
      order: { artist: 'ASC', title: 'ASC', id: 'ASC' },
    });
  }

  /**
   * Finds songs while somebody types, the best first: by the beginning of the artist or the title, by
   * words and beginnings of words in any order, in any case and without accents, and if nothing is there,
   * by texts that are similar.
   *
   * @throws InvalidSongSearchError
   * @throws MissingFilterError for a customer or a system that is there and has no value
   */
  search(search: SongSearch): Promise<SongMatch[]> {
    return searchSongs(({ sql, parameters }) => this.read<Candidate>(sql, parameters), search);
  }
}
