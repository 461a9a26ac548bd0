import { DomainRepository } from '../../common/domain.repository.js';
import type { SingerFavoriteVenue } from '../entities/singer-favorite-venue.entity.js';
import { singer } from './lock-singer.js';

const outcome = `SELECT EXISTS (SELECT FROM changed) AS changed,
    EXISTS (SELECT FROM singer) AS "hasSinger", EXISTS (SELECT FROM venue) AS "hasVenue"`;

const venue = `venue AS (SELECT venues_id FROM venues WHERE venues_id = $2 FOR KEY SHARE)`;

const keep = `
  WITH ${singer}, ${venue}, changed AS (
    INSERT INTO singer_favorite_venues (singer_profiles_id, venues_id)
    SELECT singer_profiles_id, venues_id FROM singer, venue
    ON CONFLICT DO NOTHING RETURNING 1
  ) ${outcome}`;

const drop = `
  WITH ${singer}, ${venue}, changed AS (
    DELETE FROM singer_favorite_venues WHERE singer_profiles_id = $1 AND venues_id = $2 RETURNING 1
  ) ${outcome}`;

/** The outcome of adding or removing a favourite venue. */
export interface FavoriteOutcome {
  readonly changed: boolean;
  readonly hasSinger: boolean;
  readonly hasVenue: boolean;
}

export class SingerFavoriteVenueRepository extends DomainRepository<SingerFavoriteVenue> {
  /**
   * Adds or removes a favourite venue.
   *
   * @internal
   */
  async set(singerProfileId: string, venueId: string, favorite: boolean): Promise<FavoriteOutcome> {
    const [outcome] = await this.query<FavoriteOutcome[]>(favorite ? keep : drop, [
      singerProfileId,
      venueId,
    ]);
    return outcome!;
  }
}
