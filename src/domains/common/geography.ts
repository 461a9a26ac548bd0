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
 * The decimal places of a degree that a point keeps: 0.1 mm on the ground.
 *
 * PostGIS returns no more than these in GeoJSON. A point is rounded to them before it is written, so
 * that it equals what is read back, and saving it once more changes nothing.
 */
const DECIMAL_PLACES = 9;

/**
 * A point as TypeORM must see it on the way to the database.
 *
 * TypeORM compares a column's loaded and current values with `===`, which no two objects pass: saving
 * an unchanged row would write the location again, rounded. It does compare byte arrays by content; so
 * this is one, of the point's canonical JSON. The driver turns spatial values into text with
 * `JSON.stringify`, for which `toJSON()` gives the GeoJSON.
 */
class PointBytes extends Uint8Array {
  toJSON(): Point {
    return JSON.parse(new TextDecoder().decode(this)) as Point;
  }
}

/**
 * The point at a longitude and a latitude in degrees.
 *
 * @throws InvalidPointError when one of them is not a number, or outside ±180 or ±90
 */
export function pointAt(longitude: number, latitude: number): Point {
  return canonicalPoint({ type: 'Point', coordinates: [longitude, latitude] });
}

/** Copies a point, checked and rounded. Throws an `InvalidPointError` for anything else. */
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
    // A function is an SQL expression of a query builder: TypeORM puts it into the statement as it is.
    if (value === null || value === undefined || typeof value === 'function') return value;
    return PointBytes.from(new TextEncoder().encode(JSON.stringify(canonicalPoint(value))));
  },
  from: (value: unknown): unknown => value,
};

/**
 * A `geography(Point,4326)` column, read and written as a GeoJSON `Point`.
 *
 * Distances of a `geography` are metres. To find rows by place use `ST_DWithin` and `<->` in a query
 * builder; a point given as a plain `where` value is refused by the database.
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
