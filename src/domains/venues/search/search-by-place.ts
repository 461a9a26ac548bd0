import { checkCount } from '../../../engine/common/check-count.js';
import { pointAt } from '../../common/geography.js';
import { InvalidVenueSearchError } from '../errors.js';

/** A circle on the ground. */
export interface NearbySearch {
  /** Degrees, WGS 84, from -180 to 180. */
  longitude: number;
  /** Degrees, WGS 84, from -90 to 90. */
  latitude: number;
  /** How far away a venue may be, in metres: more than 0, at most 20,100,000. */
  radiusMetres: number;
  /** How many venues at most, 1 to 500. Default: 25. */
  limit?: number;
  /** Leaves out the venues that do not take requests now. Default: false. */
  onlyAccepting?: boolean;
}

/** A part of a map: between two meridians and two parallels, borders included. */
export interface BoundingBoxSearch {
  /** Degrees. Where west is more than east, the box crosses the 180th meridian. */
  west: number;
  south: number;
  east: number;
  north: number;
  /** How many venues at most, 1 to 500. Default: 100. */
  limit?: number;
  /** Leaves out the venues that do not take requests now. Default: false. */
  onlyAccepting?: boolean;
}

/** The farthest that two points on Earth are apart is half a meridian and a bit: 20,004 km. */
const farthestMetres = 20_100_000;
const mostVenues = 500;

/** The mean radius of the Earth in metres (IUGG). */
const earthRadius = 6_371_008.8;

/** @throws InvalidPointError, InvalidVenueSearchError, InvalidCountError */
export function checkNearby({
  longitude,
  latitude,
  radiusMetres,
  limit = 25,
}: NearbySearch): number {
  pointAt(longitude, latitude);
  if (!(radiusMetres > 0 && radiusMetres <= farthestMetres)) {
    throw new InvalidVenueSearchError(
      `A radius of ${String(radiusMetres)} is not a distance on Earth. Give metres: more than 0, at most ${farthestMetres}.`,
    );
  }
  return checkedLimit(limit);
}

/** A box's middle, and the circle around it that holds the box. */
export interface Surroundings {
  longitude: number;
  latitude: number;
  /** Undefined for a box so wide that a circle saves nothing. */
  radiusMetres: number | undefined;
  crossesMeridian: boolean;
}

/** @throws InvalidPointError, InvalidVenueSearchError */
export function surroundingsOf({ west, south, east, north }: BoundingBoxSearch): Surroundings {
  pointAt(west, south);
  pointAt(east, north);
  if (south > north) {
    throw new InvalidVenueSearchError(
      `The box ends at ${north}° and begins at ${south}° latitude. South comes first: exchange them.`,
    );
  }
  const crossesMeridian = west > east;
  const halfWidth = (crossesMeridian ? east + 360 - west : east - west) / 2;
  const longitude = ((west + halfWidth + 540) % 360) - 180;
  const latitude = (south + north) / 2;
  // Up to a quarter of the way around, a corner is the farthest point of a box from its middle. The
  // ellipsoid differs from the sphere by less than one in a hundred.
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

/** The distance on a sphere of two points, by their latitudes and their longitudes' difference. */
function metres(latitude: number, otherLatitude: number, longitudes: number): number {
  const [a, b, c] = [latitude, otherLatitude, longitudes].map(
    (degrees) => (degrees * Math.PI) / 180,
  );
  const haversine =
    Math.sin((b! - a!) / 2) ** 2 + Math.cos(a!) * Math.cos(b!) * Math.sin(c! / 2) ** 2;
  return 2 * earthRadius * Math.asin(Math.sqrt(Math.min(1, haversine)));
}
