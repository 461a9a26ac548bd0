import { checkCount } from '../../../engine/common/check-count.js';
import { checkFilters } from '../../../engine/common/check-filters.js';
import { isOpenkjNumber } from '../../common/openkj-number.js';
import { isUuid } from '../../../engine/common/uuid.js';
import { InvalidSongSearchError } from '../errors.js';

/** A search for songs. */
export interface SongSearch {
  /** The text typed so far. A blank text finds nothing. */
  query: string;
  /**
   * Only in this customer's catalogues. When left out, in the catalogues of all customers; undefined is
   * refused.
   */
  customerProfileId?: string;
  /** Only in this system's catalogue; with `customerProfileId`. */
  openkjSystemId?: number;
  /** The maximum number of songs, 1 to 100. Default: 25. */
  limit?: number;
  /** How long PostgreSQL may take, in milliseconds. Default: 3000. */
  timeoutMs?: number;
}

/** A search for a page of songs; `limit` is the number of songs per page. */
export interface SongPageSearch extends SongSearch {
  /** The number of the page, from 1. Default: 1. */
  page?: number;
}

/** A song that was found. */
export interface SongMatch {
  /** A decimal string. */
  id: string;
  customerProfileId: string;
  openkjSystemId: number;
  artist: string;
  title: string;
  /** Artist and title together. */
  combined: string;
}

/** A page of songs. */
export interface SongPage {
  songs: SongMatch[];
  /** The number of songs found, at most 1000. */
  total: number;
  /** Whether there are more than `total`, which no page shows: `1,000+`. */
  hasMore: boolean;
}

const mostSongs = 100;

/** More songs than these are not put in order when many have the typed words. */
const mostCandidates = 300;

/** More songs than these that fit equally well are not put in the order of requests. */
const mostRivals = 50;

/** More songs than these are not counted, nor shown by pages. */
export const mostCounted = 1000;

const defaultTimeoutMs = 3000;

/** @throws InvalidCountError */
export function checkedTimeout(timeoutMs = defaultTimeoutMs): number {
  return checkCount('timeoutMs', timeoutMs);
}

/** A valid search, with its defaults. */
export interface CheckedSearch {
  query: string;
  scope: Pick<SongSearch, 'customerProfileId' | 'openkjSystemId'>;
  limit: number;
  candidates: number;
  rivals: number;
  timeoutMs: number;
}

/** @throws InvalidSongSearchError, InvalidCountError, MissingFilterError */
export function checkedSearch(search: SongSearch): CheckedSearch {
  checkFilters(search, 'customerProfileId', 'openkjSystemId');
  const { query, customerProfileId, openkjSystemId, limit = 25 } = search;
  if (typeof query !== 'string') {
    throw new InvalidSongSearchError('There is no query. Give the typed text.');
  }
  checkCount('limit', limit, { most: mostSongs });
  const timeoutMs = checkedTimeout(search.timeoutMs);
  if (openkjSystemId !== undefined && customerProfileId === undefined) {
    throw new InvalidSongSearchError(
      'A system’s number is only unique for a customer. Give customerProfileId as well.',
    );
  }
  checkPlace({ customerProfileId, openkjSystemId });
  const scope = { customerProfileId, openkjSystemId };
  return {
    query,
    scope,
    limit,
    candidates: mostCandidates,
    rivals: mostRivals,
    timeoutMs,
  };
}

/** @throws InvalidSongSearchError, InvalidCountError, MissingFilterError */
export function checkedPage(search: SongPageSearch): CheckedSearch & { page: number } {
  const page = checkCount('page', search.page ?? 1, { most: mostCounted });
  return { ...checkedSearch(search), page };
}

/** @throws InvalidSongSearchError */
export function checkPlace({
  customerProfileId,
  openkjSystemId,
}: Pick<SongSearch, 'customerProfileId' | 'openkjSystemId'>): void {
  if (openkjSystemId !== undefined && !isOpenkjNumber(openkjSystemId)) {
    throw new InvalidSongSearchError(
      'A system’s number in OpenKJ is a whole number from 0 to 2147483647.',
    );
  }
  if (customerProfileId !== undefined && !isUuid(customerProfileId)) {
    throw new InvalidSongSearchError(
      `"${String(customerProfileId)}" is not the id of a customer profile, which is a UUID.`,
    );
  }
}
