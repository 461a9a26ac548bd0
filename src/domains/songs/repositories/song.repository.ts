import { DomainRepository } from '../../common/domain.repository.js';
import { isOpenkjNumber } from '../../common/openkj-number.js';
import { checkCount } from '../../../engine/common/check-count.js';
import { isUuid } from '../../../engine/common/uuid.js';
import { onPrimary } from '../../../engine/connection/on-primary.js';
import type { Catalogue } from '../import/catalogue.js';
import { SongDb } from '../entities/song-db.entity.js';
import { SongSearchTimeoutError } from '../errors.js';
import {
  artistsBeginning,
  countsByCharacter,
  cursorAfter,
  firstCharacters,
  initialOf,
  initialsOf,
  keyBefore,
  knownInitial,
  type ArtistInitial,
  type ArtistPage,
  type ArtistSearch,
  type CatalogueArtist,
  type CharacterCount,
} from '../search/artists.js';
import { searchSongs, type Read } from '../search/search-songs.js';
import type { Scope } from '../search/search-statements.js';
import {
  checkPlace,
  checkedPage,
  checkedSearch,
  checkedTimeout,
  mostCounted,
  type SongMatch,
  type SongPage,
  type SongPageSearch,
  type SongSearch,
} from '../search/song-search.js';
import { CatalogueUploads } from './catalogue-uploads.js';
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
   * Finds songs for a text that somebody is typing, the best first. It matches the beginning of the artist or
   * the title, and words and beginnings of words in any order, without regard to case and accents. If it
   * finds little, it also finds similar texts. Songs that match equally well are sorted by requests at the
   * customer's venues, then by requests everywhere.
   *
   * @throws InvalidSongSearchError
   * @throws InvalidCountError for a limit or a time that is not valid
   * @throws MissingFilterError for a customer or a system that is there and has no value
   * @throws SongSearchTimeoutError
   */
  async search(search: SongSearch): Promise<SongMatch[]> {
    const { query, scope, timeoutMs, ...extent } = checkedSearch(search);
    const found = await this.searchWithin(timeoutMs, (read) =>
      searchSongs(read, query, this.narrowed(scope), extent),
    );
    return found.map(matchOf);
  }

  /**
   * Finds songs as `search()` does, and returns a page of them with their number, up to 1000. It takes longer
   * than `search()`, because it sorts all of them.
   *
   * @throws InvalidSongSearchError
   * @throws InvalidCountError for a page, a limit or a time that is not valid
   * @throws MissingFilterError for a customer or a system that is there and has no value
   * @throws SongSearchTimeoutError
   */
  async searchPage(search: SongPageSearch): Promise<SongPage> {
    const { query, scope, timeoutMs, limit, page } = checkedPage(search);
    const most = mostCounted + 1;
    const extent = { limit: most, candidates: most, rivals: most };
    const found = await this.searchWithin(timeoutMs, (read) =>
      searchSongs(read, query, this.narrowed(scope), extent),
    );
    const counted = found.slice(0, mostCounted);
    return {
      songs: counted.slice((page - 1) * limit, page * limit).map(matchOf),
      total: counted.length,
      hasMore: found.length > counted.length,
    };
  }

  /**
   * The initials of a catalogue's artists in alphabetical order, each with its numbers of artists and songs.
   * It reads the whole catalogue, so cache the result.
   *
   * @throws InvalidSongSearchError for a catalogue that cannot be one
   * @throws InvalidCountError for a time that is not valid
   * @throws SongSearchTimeoutError
   */
  async artistInitials(
    catalogue: Catalogue,
    { timeoutMs }: Pick<SongSearch, 'timeoutMs'> = {},
  ): Promise<ArtistInitial[]> {
    checkPlace(catalogue);
    const counts = await this.searchWithin(checkedTimeout(timeoutMs), (read) =>
      read<CharacterCount>(countsByCharacter(catalogue)),
    );
    return initialsOf(counts);
  }

  /**
   * The artists of a catalogue with an initial, in alphabetical order, each with its number of songs.
   * Spellings that differ in case or accents are one artist.
   *
   * @throws InvalidSongSearchError for a catalogue that cannot be one, and an initial or a cursor that is not valid
   * @throws InvalidCountError for a limit or a time that is not valid
   * @throws SongSearchTimeoutError
   */
  async artists({
    initial,
    limit = 100,
    cursor,
    timeoutMs,
    ...catalogue
  }: ArtistSearch): Promise<ArtistPage> {
    checkPlace(catalogue);
    checkCount('limit', limit, { most: mostArtists });
    const after = keyBefore(cursor);
    const wanted = knownInitial(initial);
    const found = await this.searchWithin(checkedTimeout(timeoutMs), async (read) => {
      const characters = (await read<{ character: string }>(firstCharacters(catalogue)))
        .map(({ character }) => character)
        .filter((character) => initialOf(character) === wanted);
      return read<CatalogueArtist & { key: string }>(
        artistsBeginning(catalogue, characters, after, limit + 1),
      );
    });
    const artists = found.slice(0, limit);
    return {
      artists: artists.map(({ artist, songs }) => ({ artist, songs })),
      nextCursor: found.length <= limit ? null : cursorAfter(artists.at(-1)!.key),
    };
  }

  /**
   * Creates temporary tables for the rows of an import, in the surrounding transaction.
   *
   * @internal
   */
  stage(): StagedSongs {
    return new StagedSongs((sql, parameters) => this.query(sql, parameters));
  }

  /**
   * The unfinished uploads.
   *
   * @internal
   */
  uploads(): CatalogueUploads {
    return new CatalogueUploads(
      (sql, parameters) => this.query(sql, parameters),
      (sql, parameters) => onPrimary(() => this.read(sql, parameters)),
    );
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
   * Keeps a customer from being deleted until the transaction ends. Returns whether the customer exists.
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

  private async searchWithin<T>(timeoutMs: number, work: (read: Read) => Promise<T>): Promise<T> {
    try {
      return await this.forAnyone(() =>
        this.readWithin(timeoutMs, (read) =>
          work(({ sql, parameters }) => read(this.ofVisible(sql), parameters)),
        ),
      );
    } catch (error) {
      if ((error as { code?: unknown }).code !== queryCanceled) throw error;
      throw new SongSearchTimeoutError(timeoutMs, error);
    }
  }

  /** The scope of a search without a customer by a caller that is restricted to one. */
  private narrowed(scope: Scope): Scope {
    const { onlyTenant } = this;
    if (scope.customerProfileId !== undefined || onlyTenant === undefined) return scope;
    return { ...scope, customerProfileId: onlyTenant };
  }

  private ofVisible(sql: string): string {
    if (!this.hasTenancy) return sql;
    return sql.replace(
      searched,
      (_, word: string, table: string) => `${word} ${this.visible(table)}`,
    );
  }
}

/** The tables that searches read. */
const searched = /\b(FROM|JOIN) (songdb|singer_request_history)\b/g;

/** The SQLSTATE of a statement that ran into its time limit. */
const queryCanceled = '57014';

const mostArtists = 500;

function matchOf(song: SongMatch): SongMatch {
  const { id, customerProfileId, openkjSystemId, artist, title, combined } = song;
  return { id, customerProfileId, openkjSystemId, artist, title, combined };
}
