import { DatabaseError } from '../../../engine/common/errors/database.error.js';

/** The value for a `geography` column is not a point on Earth. Nothing was written. */
export class InvalidPointError extends DatabaseError {
  readonly code = 'INVALID_POINT';

  constructor(readonly reason: string) {
    super(
      `Not a point: ${reason}. Give { type: 'Point', coordinates: [longitude, latitude] } in degrees: ` +
        'longitude from -180 to 180 comes first, then latitude from -90 to 90.',
    );
  }
}
