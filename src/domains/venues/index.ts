export { GeographyPointColumn, type Point } from '../common/geography.js';
export { VenuesModule } from './venues.module.js';
export { State } from './entities/state.entity.js';
export { System } from './entities/system.entity.js';
export { Venue } from './entities/venue.entity.js';
export { StateRepository } from './repositories/state.repository.js';
export { SystemRepository } from './repositories/system.repository.js';
export { VenueRepository, type NearbyVenue } from './repositories/venue.repository.js';
export type { BoundingBoxSearch, NearbySearch } from './search/search-by-place.js';
export type { VenueTextSearch } from './search/search-by-text.js';
export { SystemService, type NewSystem } from './services/system.service.js';
export { urlNameOf } from './services/url-name.js';
export {
  VenueService,
  type AcceptanceChange,
  type NewVenue,
  type VenueChanges,
  type VenueUpdate,
} from './services/venue.service.js';
export { InvalidPointError } from '../common/errors/invalid-point.error.js';
export {
  InvalidUrlNameError,
  InvalidVenueNumberError,
  InvalidVenueSearchError,
  SystemNotFoundError,
  SystemNumberTakenError,
  UrlNameTakenError,
  VenueNotFoundError,
  VenueNumberTakenError,
} from './errors.js';
