import { isStorable } from '../../../engine/common/check-texts.js';
import { InvalidVenueSearchError } from '../errors.js';
import { checkedLimit } from './search-by-place.js';

/** A search among the venues of one customer. */
export interface VenueTextSearch {
  customerProfileId: string;
  /**
   * Words of the name, the address or the URL name, in any order, each whole or in part. Up to 200
   * characters.
   */
  query: string;
  /** The maximum number of venues, 1 to 500. Default: 25. */
  limit?: number;
}

const longestQuery = 200;

/** @throws InvalidVenueSearchError, InvalidCountError */
export function checkedTextSearch({ query, limit = 25 }: VenueTextSearch): number {
  if (!isStorable(query) || query.trim() === '' || query.length > longestQuery) {
    throw new InvalidVenueSearchError(
      `The query is not valid. Give a text of 1 to ${longestQuery} characters.`,
    );
  }
  return checkedLimit(limit);
}

/** The SQL of a text without accents, capitals and apostrophes. */
export function plain(text: string): string {
  return `translate(lower(unaccent(${text})), '''’', '')`;
}
