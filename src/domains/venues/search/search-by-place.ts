import { checkCount } from '../../../engine/common/check-count.js';
import { checkFilters } from '../../../engine/common/check-filters.js';
import { pointAt } from '../../common/geography.js';
import { InvalidVenueSearchError } from '../errors.js';

/** A search for venues within a radius. */
export interface NearbySearch {
  /** Degrees, WGS 84, from -180 to 180. */
  longitude: number;
  /** Degrees, WGS 84, from -90 to 90. */
  latitude: number;
  /** The maximum distance of a venue in metres: more than 0, at most 20,100,000. */
  radiusMetres: number;
  /** The maximum number of venues, 1 to 500. Default: 25. */
  limit?: number;
  /** Leaves out venues that take no requests at the moment. Default: false. */
  onlyAccepting?: boolean;
  /** Only the venues of this customer. When left out, the venues of all customers; undefined is refused. */
  customerProfileId?: string;
}

/**
 * A search for venues in a part of a map, between two meridians and two parallels. The borders are
 * included.
 */
export interface BoundingBoxSearch {
  /** In degrees. When west is greater than east, the box crosses the 180th meridian. */
  west: number;
  south: number;
  east: number;
  north: number;
  /** The maximum number of venues, 1 to 500. Default: 100. */
  limit?: number;
  /** Leaves out venues that take no requests at the moment. Default: false. */
  onlyAccepting?: boolean;
  /** Only the venues of this customer. When left out, the venues of all customers; undefined is refused. */
  customerProfileId?: string;
}

/** Slightly more than the greatest distance between two points on Earth: half a meridian, 20,004 km. */
const farthestMetres = 20_100_000;
const mostVenues = 500;

/** The mean radius of the Earth in metres (IUGG). */
const earthRadius = 6_371_008.8;

/** @throws InvalidPointError, InvalidVenueSearchError, InvalidCountError, MissingFilterError */
export function checkNearby(search: NearbySearch): number {
  checkFilters(search, 'customerProfileId');
  const { longitude, latitude, radiusMetres, limit = 25 } = search;
  pointAt(longitude, latitude);
  if (!(radiusMetres > 0 && radiusMetres <= farthestMetres)) {
    throw new InvalidVenueSearchError(
      `A radius of ${String(radiusMetres)} is not a distance on Earth. Give metres: more than 0, at most ${farthestMetres}.`,
    );
  }
  return checkedLimit(limit);
}

/** The centre of a box, and the radius of a circle around it that contains the box. */
export interface Surroundings {
  longitude: number;
  latitude: number;
  /** Undefined for a box so wide that a circle would exclude too little. */
  radiusMetres: number | undefined;
  crossesMeridian: boolean;
}

/** @throws InvalidPointError, InvalidVenueSearchError, MissingFilterError */
export function surroundingsOf(search: BoundingBoxSearch): Surroundings {
  checkFilters(search, 'customerProfileId');
  const { west, south, east, north } = search;
  pointAt(west, south);
  pointAt(east, north);
  if (south > north) {
    throw new InvalidVenueSearchError(
      `The box ends at ${north}° and begins at ${south}° latitude. Exchange south and north.`,
    );
  }
  const crossesMeridian = west > east;
  const halfWidth = (crossesMeridian ? east + 360 - west : east - west) / 2;
  const longitude = ((west + halfWidth + 540) % 360) - 180;
  const latitude = (south + north) / 2;
  // In a box of up to 180 degrees of longitude, a corner is the farthest point from the centre. The
  // ellipsoid differs from the sphere by less than 1 %.
  const radiusMetres =
    halfWidth <= 90
      ? 1 + 1.01 * Math.max(...[south, north].map((edge) => metres(latitude, edge, halfWidth)))
      : undefined;
  return { longitude, latitude, radiusMetres, crossesMeridian };
}

/** @throws InvalidCountError */
export function checkedLimit(limit: number): number {
  return checkCount('limit', limit, { most: mostVenues });
}

/** The great-circle distance of two points, given their latitudes and the difference of their longitudes. */
function metres(latitude: number, otherLatitude: number, longitudes: number): number {
  const [a, b, c] = [latitude, otherLatitude, longitudes].map(
    (degrees) => (degrees * Math.PI) / 180,
  );
  const haversine =
    Math.sin((b! - a!) / 2) ** 2 + Math.cos(a!) * Math.cos(b!) * Math.sin(c! / 2) ** 2;
  return 2 * earthRadius * Math.asin(Math.sqrt(Math.min(1, haversine)));
}
