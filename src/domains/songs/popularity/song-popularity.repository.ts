import { checkCount } from '../../../engine/common/check-count.js';
import { checkFilters } from '../../../engine/common/check-filters.js';
import { isUuid } from '../../../engine/common/uuid.js';
import { DomainRepository } from '../../common/domain.repository.js';
import { checkWindow, type TimeWindow } from '../../common/time-window.js';
import type { SingerRequestHistory } from '../../requests/entities/singer-request-history.entity.js';
import { countsOfSongs, mostRequested, type Place } from './popularity-statements.js';

/** The place where requests are counted: at a venue, at all venues of a customer, or everywhere if neither is given. */
export interface PopularityOptions {
  /** Undefined is refused. */
  venueId?: string;
  /** Undefined is refused. */
  customerProfileId?: string;
  /** When the requests were made. Default: in the last 30 days. */
  window?: TimeWindow;
}

/** A song, and how often it was requested. */
export interface RequestedSong {
  songFingerprint: string;
  /** The artist and the title as they were spelt in the latest request. */
  artist: string;
  title: string;
  requests: number;
  lastRequestedAt: Date;
}

const mostSongs = 500;
const defaultDays = 30;

/**
 * Counts how often songs are requested, from the singers' histories. Guests have no history, so their
 * requests are not counted.
 *
 * A count reads only indexes. Its time grows with the number of requests in the window: about 1 ms for 1,000.
 */
export class SongPopularityRepository extends DomainRepository<SingerRequestHistory> {
  /**
   * The songs that were requested most, the most requested first. All spellings of a song are one song.
   *
   * Up to `limit` songs, 1 to 500. Default: 20.
   *
   * @throws InvalidCountError, InvalidWindowError
   * @throws MissingFilterError for a venue or a customer that is there and has no value
   */
  async mostRequested({
    limit = 20,
    ...options
  }: PopularityOptions & { limit?: number } = {}): Promise<RequestedSong[]> {
    checkCount('limit', limit, { most: mostSongs });
    const { from, to, place, id } = countedIn(options);
    if (id !== undefined && !isUuid(id)) return [];
    return this.counted<RequestedSong>(mostRequested(place), [from, to, limit, ...given(id)]);
  }

  /**
   * Counts the requests of each of these songs, by fingerprint. Songs without requests are left out. It
   * serves to order the hits of a search.
   *
   * @throws InvalidCountError for more than 500 songs
   * @throws InvalidWindowError
   * @throws MissingFilterError for a venue or a customer that is there and has no value
   */
  async countsOf(
    fingerprints: readonly string[],
    options: PopularityOptions = {},
  ): Promise<Map<string, number>> {
    checkCount('number of songs', fingerprints.length, { least: 0, most: mostSongs });
    const { from, to, place, id } = countedIn(options);
    if (fingerprints.length === 0 || (id !== undefined && !isUuid(id))) return new Map();
    const counted = await this.counted<{ fingerprint: string; requests: number }>(
      countsOfSongs(place),
      [from, to, fingerprints, ...given(id)],
    );
    return new Map(counted.map(({ fingerprint, requests }) => [fingerprint, requests]));
  }

  /** Counts are of all tenants for a singer, and of the caller's tenants for anybody else. */
  private counted<Row>(statement: string, parameters: unknown[]): Promise<Row[]> {
    const history = this.visible('singer_request_history');
    return this.forAnyone(() =>
      this.read<Row>(
        statement.replaceAll('FROM singer_request_history', `FROM ${history}`),
        parameters,
      ),
    );
  }
}

function countedIn(options: PopularityOptions) {
  checkFilters(options, 'venueId', 'customerProfileId');
  const { venueId, customerProfileId, window } = options;
  const bounds = checkWindow(window ?? { from: daysAgo(defaultDays) });
  const place: Place =
    venueId !== undefined ? 'venue' : customerProfileId !== undefined ? 'customer' : 'everywhere';
  return { ...bounds, place, id: venueId ?? customerProfileId };
}

function given(id: string | undefined): string[] {
  return id === undefined ? [] : [id];
}

function daysAgo(days: number): Date {
  return new Date(Date.now() - days * 24 * 60 * 60 * 1000);
}
