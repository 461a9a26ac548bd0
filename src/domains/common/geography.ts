import { Column, type ColumnOptions, type ValueTransformer } from 'typeorm';
import { InvalidPointError } from './errors/invalid-point.error.js';

/**
 * A GeoJSON point (RFC 7946) on the WGS 84 ellipsoid (SRID 4326): longitude first, then latitude, both
 * in degrees.
 */
export interface Point {
  type: 'Point';
  coordinates: [longitude: number, latitude: number];
}

/**
 * The number of decimal places that a coordinate keeps, in degrees: 0.1 mm on the ground.
 *
 * PostGIS returns at most this many in GeoJSON. A point is rounded before it is written, so it equals the
 * point that is read back, and saving it again changes nothing.
 */
const DECIMAL_PLACES = 9;

/**
 * The form of a point that TypeORM sees when it writes one.
 *
 * TypeORM compares a column's loaded and current values with `===`, so two objects always differ, and
 * saving an unchanged row would write the location again. It compares byte arrays by content. Therefore
 * this class is a byte array of the point's canonical JSON. The driver serialises spatial values with
 * `JSON.stringify`, and `toJSON()` returns the GeoJSON.
 */
class PointBytes extends Uint8Array {
  toJSON(): Point {
    return JSON.parse(new TextDecoder().decode(this)) as Point;
  }
}

/**
 * Creates the point at a longitude and a latitude in degrees.
 *
 * @throws InvalidPointError when a value is not a number, or is outside ±180 (longitude) or ±90 (latitude)
 */
export function pointAt(longitude: number, latitude: number): Point {
  return canonicalPoint({ type: 'Point', coordinates: [longitude, latitude] });
}

/** Returns a validated and rounded copy of a point. @throws InvalidPointError */
function canonicalPoint(value: unknown): Point {
  const { type, coordinates } = (value ?? {}) as Partial<Point>;
  if (type !== 'Point' || !Array.isArray(coordinates) || coordinates.length !== 2) {
    throw new InvalidPointError('the value is not a GeoJSON point with two coordinates');
  }
  const [longitude, latitude] = coordinates;
  return {
    type: 'Point',
    coordinates: [degrees('longitude', longitude, 180), degrees('latitude', latitude, 90)],
  };
}

function degrees(name: string, value: unknown, limit: number): number {
  if (typeof value !== 'number' || !Number.isFinite(value)) {
    throw new InvalidPointError(`the ${name} is ${String(value)}, not a finite number`);
  }
  if (Math.abs(value) > limit) {
    throw new InvalidPointError(`the ${name} ${value} is outside ±${limit}`);
  }
  return Number(value.toFixed(DECIMAL_PLACES));
}

const pointTransformer: ValueTransformer = {
  to(value: unknown): unknown {
    // A function is an SQL expression of a query builder. TypeORM inserts it into the statement unchanged.
    if (value === null || value === undefined || typeof value === 'function') return value;
    return PointBytes.from(new TextEncoder().encode(JSON.stringify(canonicalPoint(value))));
  },
  from: (value: unknown): unknown => value,
};

/**
 * A `geography(Point,4326)` column, read and written as a GeoJSON `Point`.
 *
 * Distances of a `geography` are in metres. To search by place, use `ST_DWithin` and `<->` in a query
 * builder. The database rejects a point that is given as a plain `where` value.
 */
export function GeographyPointColumn(
  options: Pick<ColumnOptions, 'name' | 'nullable'> = {},
): PropertyDecorator {
  return Column('geography', {
    ...options,
    spatialFeatureType: 'Point',
    srid: 4326,
    transformer: pointTransformer,
  });
}
