export { RequestsModule } from './requests.module.js';
export { Request } from './entities/request.entity.js';
export { SingerFavoriteSong } from './entities/singer-favorite-song.entity.js';
export { SingerFavoriteVenue } from './entities/singer-favorite-venue.entity.js';
export { SingerRequestHistory } from './entities/singer-request-history.entity.js';
export { FavoritesService, type FavoriteSong } from './services/favorites.service.js';
export {
  RequestRepository,
  type QueueChange,
  type QueuedRequest,
} from './repositories/request.repository.js';
export type { RequestStatistics } from './repositories/request-statistics.js';
export {
  SingerRequestHistoryRepository,
  type SingerHistoryPage,
  type SingerHistoryPageOptions,
} from './repositories/singer-request-history.repository.js';
export {
  RequestService,
  type NewRequest,
  type SubmitOptions,
  type SubmittedRequest,
} from './services/request.service.js';
export {
  InvalidHistoryPageError,
  InvalidRequestError,
  RequestLimitError,
  RequestNotFoundError,
  RequestProcessedError,
  SongAlreadyRequestedError,
  VenueNotAcceptingError,
} from './errors.js';
export { InvalidWindowError } from '../common/errors/invalid-window.error.js';
export type { TimeWindow } from '../common/time-window.js';
