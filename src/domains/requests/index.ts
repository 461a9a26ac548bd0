export { RequestsModule } from './requests.module.js';
export { Request } from './entities/request.entity.js';
export { SingerFavoriteSong } from './entities/singer-favorite-song.entity.js';
export { SingerFavoriteVenue } from './entities/singer-favorite-venue.entity.js';
export { SingerRequestHistory } from './entities/singer-request-history.entity.js';
export { FavoritesService, type FavoriteSong } from './services/favorites.service.js';
export { RequestRepository, type QueueChange } from './repositories/request.repository.js';
export {
  SingerRequestHistoryRepository,
  type SingerHistoryPage,
  type SingerHistoryPageOptions,
} from './repositories/singer-request-history.repository.js';
export {
  RequestService,
  type NewRequest,
  type SubmittedRequest,
} from './services/request.service.js';
export {
  InvalidHistoryPageError,
  InvalidRequestError,
  RequestNotFoundError,
  VenueNotAcceptingError,
} from './errors.js';
