import { DatabaseError } from '../common/errors/database.error.js';

/** The venue takes no requests now. Nothing was written. */
export class VenueNotAcceptingError extends DatabaseError {
  readonly code = 'VENUE_NOT_ACCEPTING';

  constructor(readonly venueId: string) {
    super(
      `The venue "${venueId}" takes no requests now. Try again once the host has opened it, ` +
        'or show only venues that do (VenueRepository.nearby with onlyAccepting).',
    );
  }
}

/** A request that cannot be sung. Nothing was written. */
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

/** No singer profile has this id. Nothing was written. */
export class UnknownSingerError extends DatabaseError {
  readonly code = 'UNKNOWN_SINGER';

  constructor(readonly singerProfileId: string) {
    super(
      `There is no singer profile with the id "${singerProfileId}". ` +
        'Give the singer_profiles_id of one that exists, which is a UUID, not the id of its user.',
    );
  }
}

/** No user has the id of the one who is said to have submitted a request. Nothing was written. */
export class UnknownSubmitterError extends DatabaseError {
  readonly code = 'UNKNOWN_SUBMITTER';

  constructor(readonly userId: string) {
    super(
      `There is no user with the id "${userId}", who is said to have submitted the request. ` +
        'Give the id of a user who exists, or none.',
    );
  }
}

/** A page of a singer's history was asked for in a way that makes no sense. */
export class InvalidHistoryPageError extends DatabaseError {
  readonly code = 'INVALID_HISTORY_PAGE';
}
