import { DatabaseError } from '../../engine/common/errors/database.error.js';

/** No venue has this id. Nothing was written. */
export class VenueNotFoundError extends DatabaseError {
  readonly code = 'VENUE_NOT_FOUND';

  constructor(readonly venueId: string) {
    super(`There is no venue with the id "${venueId}". It may have been deleted: list them again.`);
  }
}

/** A search for venues has a value that is not valid. The database was not queried. */
export class InvalidVenueSearchError extends DatabaseError {
  readonly code = 'INVALID_VENUE_SEARCH';
}

/** The customer has another venue with this OpenKJ number. Nothing was written. */
export class VenueNumberTakenError extends DatabaseError {
  readonly code = 'VENUE_NUMBER_TAKEN';

  constructor(readonly openkjVenueId: number) {
    super(
      `The customer already has a venue with the number ${openkjVenueId} in OpenKJ. ` +
        'Give another number. For a new venue you can leave it out: it then gets the next free number.',
    );
  }
}

/** The number cannot be a venue's number in OpenKJ. Nothing was written. */
export class InvalidVenueNumberError extends DatabaseError {
  readonly code = 'INVALID_VENUE_NUMBER';

  constructor(readonly openkjVenueId: number) {
    super(
      `${String(openkjVenueId)} is not the number of a venue in OpenKJ. ` +
        'Give a whole number from 0 to 2147483647 that is free.',
    );
  }
}

/** The customer has no such system. Nothing was written. */
export class SystemNotFoundError extends DatabaseError {
  readonly code = 'SYSTEM_NOT_FOUND';

  /** @param system the id, or the number in OpenKJ */
  constructor(readonly system: string | number) {
    super(
      typeof system === 'number'
        ? `The customer of the venue has no system with the number ${system} in OpenKJ. Create it first.`
        : `There is no system with the id "${system}". It may have been deleted: list them again.`,
    );
  }
}

/** The customer has another system with this OpenKJ number. Nothing was written. */
export class SystemNumberTakenError extends DatabaseError {
  readonly code = 'SYSTEM_NUMBER_TAKEN';

  constructor(readonly openkjSystemId: number) {
    super(
      `The customer already has a system with the number ${openkjSystemId} in OpenKJ. ` +
        'Give another number, or leave it out: the system then gets the lowest free number.',
    );
  }
}

/** Another venue, of any customer, has this URL name. Nothing was written. */
export class UrlNameTakenError extends DatabaseError {
  readonly code = 'URL_NAME_TAKEN';

  constructor(readonly urlName: string) {
    super(
      `Another venue has the URL name "${urlName}". Give another one. ` +
        'For a new venue you can leave it out: it is then made from the name.',
    );
  }
}

/** The text is not a valid URL name. Nothing was written. */
export class InvalidUrlNameError extends DatabaseError {
  readonly code = 'INVALID_URL_NAME';

  constructor(
    readonly urlName: string,
    suggestion: string,
  ) {
    super(
      `"${urlName}" is not a URL name, which has lower-case letters, digits and single hyphens between them. ` +
        `"${suggestion}" would be valid.`,
    );
  }
}
