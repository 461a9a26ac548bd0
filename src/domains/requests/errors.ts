import { DatabaseError } from '../../engine/common/errors/database.error.js';

/** The venue takes no requests at the moment. Nothing was written. */
export class VenueNotAcceptingError extends DatabaseError {
  readonly code = 'VENUE_NOT_ACCEPTING';

  constructor(readonly venueId: string) {
    super(
      `The venue "${venueId}" takes no requests now. Try again when the host has opened it, ` +
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

/** The number of open requests has reached the limit. Nothing was written. */
export class RequestLimitError extends DatabaseError {
  readonly code = 'REQUEST_LIMIT';

  constructor(
    readonly venueId: string,
    /** The holder of the limit. */
    readonly of: 'singer' | 'venue',
    /** The number of open requests that the limit allows. */
    readonly allowed: number,
    /** The number of open requests. */
    readonly open: number,
  ) {
    super(
      of === 'singer'
        ? `The singer has ${open} open request(s) at the venue "${venueId}", which allows ${allowed} at a time. Try again once one of them was sung, or remove one.`
        : `The venue "${venueId}" has ${open} open request(s), and allows ${allowed} at a time. Try again once one of them was sung.`,
    );
  }
}

/** The song is in the venue's queue already. Nothing was written. */
export class SongAlreadyRequestedError extends DatabaseError {
  readonly code = 'SONG_ALREADY_REQUESTED';

  constructor(
    readonly venueId: string,
    readonly artist: string,
    readonly title: string,
  ) {
    super(
      `"${title}" by ${artist} is in the queue of the venue "${venueId}" already. Choose another song, or try again once it was sung.`,
    );
  }
}

/** The request was processed, so it cannot be removed from the queue. Nothing was written. */
export class RequestProcessedError extends DatabaseError {
  readonly code = 'REQUEST_PROCESSED';

  constructor(
    readonly venueId: string,
    readonly requestId: string,
  ) {
    super(
      `The request "${requestId}" of the venue "${venueId}" was processed. Put it back into the queue first (RequestService.reopen).`,
    );
  }
}

/** The cursor of a page of a singer's history is not valid. */
export class InvalidHistoryPageError extends DatabaseError {
  readonly code = 'INVALID_HISTORY_PAGE';
}
