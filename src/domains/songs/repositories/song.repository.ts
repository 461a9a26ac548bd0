import { DomainRepository } from '../../common/domain.repository.js';
import { isOpenkjNumber } from '../../common/openkj-number.js';
import { isUuid } from '../../../engine/common/uuid.js';
import type { Catalogue } from '../import/catalogue.js';
import { SongDb } from '../entities/song-db.entity.js';
import { searchSongs } from '../search/search-songs.js';
import type { Candidate } from '../search/search-statements.js';
import type { SongMatch, SongSearch } from '../search/song-search.js';
import { CatalogueWriter } from './catalogue-writer.js';
import { StagedSongs } from './staged-songs.js';

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
   * @throws InvalidCountError for a limit that is not valid
   * @throws MissingFilterError for a customer or a system that is there and has no value
   */
  search(search: SongSearch): Promise<SongMatch[]> {
    return searchSongs(({ sql, parameters }) => this.read<Candidate>(sql, parameters), search);
  }

  /**
   * Temporary tables for the rows of an import, in the transaction around.
   *
   * @internal
   */
  stage(): StagedSongs {
    return new StagedSongs((sql, parameters) => this.query(sql, parameters));
  }

  /**
   * Returns a writer for a catalogue, in the surrounding transaction.
   *
   * @internal
   */
  writer(catalogue: Catalogue): CatalogueWriter {
    return new CatalogueWriter((sql, parameters) => this.query(sql, parameters), catalogue);
  }

  /**
   * Keeps a customer from being deleted until the transaction ends. Says whether there is one.
   *
   * @internal
   */
  async keepCustomer(customerProfileId: string): Promise<boolean> {
    const rows = await this.query<unknown[]>(
      'SELECT FROM customer_profiles WHERE customer_profiles_id = $1 FOR KEY SHARE',
      [customerProfileId],
    );
    return rows.length > 0;
  }

  /**
   * Locks a catalogue until the transaction ends, unless another transaction holds the lock. Returns
   * whether it succeeded.
   *
   * @internal
   */
  async tryLock({ customerProfileId, openkjSystemId }: Catalogue): Promise<boolean> {
    const [{ locked }] = await this.query<[{ locked: boolean }]>(
      'SELECT pg_try_advisory_xact_lock(hashtextextended($1, 0)) AS locked',
      [`songdb ${customerProfileId.toLowerCase()} ${openkjSystemId}`],
    );
    return locked;
  }
}
