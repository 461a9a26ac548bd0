import { Request } from './request.entity.js';
import { SingerFavoriteSong } from './singer-favorite-song.entity.js';
import { SingerFavoriteVenue } from './singer-favorite-venue.entity.js';
import { SingerRequestHistory } from './singer-request-history.entity.js';

/** The tables of this domain. */
export const requestsEntities = [
  Request,
  SingerFavoriteSong,
  SingerFavoriteVenue,
  SingerRequestHistory,
];
