import { checkCount } from '../../../engine/common/check-count.js';
import { checkFilters } from '../../../engine/common/check-filters.js';
import { isOpenkjNumber } from '../../common/openkj-number.js';
import { isUuid } from '../../../engine/common/uuid.js';
import { InvalidSongSearchError } from '../errors.js';

/** A search for songs. */
export interface SongSearch {
  /** The text typed so far. A blank text finds nothing. */
  query: string;
  /** Only in this customer's catalogues. Left out, in those of all; undefined is refused. */
  customerProfileId?: string;
  /** Only in this system's catalogue; with `customerProfileId`. */
  openkjSystemId?: number;
  /** How many songs at most, 1 to 100. Default: 25. */
  limit?: number;
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

const mostSongs = 100;

/** @throws InvalidSongSearchError, InvalidCountError, MissingFilterError */
export function checkedSearch(
  search: SongSearch,
): Required<Pick<SongSearch, 'limit'>> & SongSearch {
  checkFilters(search, 'customerProfileId', 'openkjSystemId');
  const { query, customerProfileId, openkjSystemId, limit = 25 } = search;
  if (typeof query !== 'string') {
    throw new InvalidSongSearchError('There is no query. Give what was typed, as a text.');
  }
  checkCount('limit', limit, { most: mostSongs });
  if (openkjSystemId !== undefined && customerProfileId === undefined) {
    throw new InvalidSongSearchError(
      'A system’s number means nothing without its customer. Give customerProfileId as well.',
    );
  }
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
  return { ...search, limit };
}
