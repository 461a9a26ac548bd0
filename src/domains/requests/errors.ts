import { DatabaseError } from '../../engine/common/errors/database.error.js';

/** The venue takes no requests at the moment. Nothing was written. */
export class VenueNotAcceptingError extends DatabaseError {
  readonly code = 'VENUE_NOT_ACCEPTING';

  constructor(readonly venueId: string) {
    super(
      `The venue "${venueId}" takes no requests now. Try again once the host has opened it, ` +
        'or show only venues that do (VenueRepository.nearby with onlyAccepting).',
    );
  }
}

/** The request is not valid. Nothing was written. */
export class InvalidRequestError extends DatabaseError {
  readonly code = 'INVALID_REQUEST';
}

/** The venue has no request with this id. Nothing was written. */
export class RequestNotFoundError extends DatabaseError {
  readonly code = 'REQUEST_NOT_FOUND';

  constructor(
    readonly venueId: string,
    readonly requestId: string,
  ) {
    super(
      `The venue "${venueId}" has no request "${requestId}". It may have been cleared: read the queue again.`,
    );
  }
}

/** The cursor of a page of a singer's history is not valid. */
export class InvalidHistoryPageError extends DatabaseError {
  readonly code = 'INVALID_HISTORY_PAGE';
}
