import type { SelectQueryBuilder } from 'typeorm';
import type { QueryDeepPartialEntity } from 'typeorm/query-builder/QueryPartialEntity.js';
import { isStorable } from '../../../engine/common/check-texts.js';
import { DomainRepository } from '../../common/domain.repository.js';
import { rawAndEntities } from '../../common/raw-and-entities.js';
import { moveSerialOf } from '../../common/serial.js';
import { Venue } from '../entities/venue.entity.js';
import {
  checkedLimit,
  checkNearby,
  surroundingsOf,
  type BoundingBoxSearch,
  type NearbySearch,
} from '../search/search-by-place.js';

/** A venue and how far away it is. */
export interface NearbyVenue {
  venue: Venue;
  /** Along the ellipsoid (WGS 84), in metres. */
  distanceMetres: number;
}

const setAcceptingRequests = `
  WITH changed AS (
    UPDATE venues SET accepting_requests = $2 WHERE venues_id = $1 AND accepting_requests <> $2
    RETURNING customer_profiles_id
  ), moved AS (${moveSerialOf('changed')})
  SELECT (SELECT serial FROM moved) AS serial FROM venues WHERE venues_id = $1`;

type Circle = Omit<NearbySearch, 'radiusMetres' | 'limit'> & { radiusMetres: number | undefined };

const place = 'ST_SetSRID(ST_MakePoint(:longitude, :latitude), 4326)::geography';
const nearness = `venue.location <-> ${place}`;

/**
 * `<->`, whose order the index has, takes the Earth for a sphere of the mean radius, 6371.0 km. Along the
 * ellipsoid a distance is at least this part of it: on the equator a meridian is curved most, with a radius
 * of b²/a = 6335.4 km.
 */
const leastOfNearness = 0.9944;

/** Venues that are asked for besides, as the order by `<->` is not quite the one by the distance. */
const spares = 6;

export class VenueRepository extends DomainRepository<Venue> {
  /** The venue with this name in URLs. */
  async findByUrlName(urlName: string): Promise<Venue | null> {
    return isStorable(urlName) ? this.findOneBy({ urlName }) : null;
  }

  /**
   * The venues around a point, the nearest first, each with its distance. Venues without a location are
   * found by no place.
   *
   * @throws InvalidPointError for a longitude or a latitude that is not valid
   * @throws InvalidVenueSearchError for a radius that makes no sense
   * @throws InvalidCountError for a limit that is not valid
   */
  async nearby(search: NearbySearch): Promise<NearbyVenue[]> {
    const limit = checkNearby(search);
    const { venues, nearness } = await this.first('nearness', limit + spares, search);
    const nearest = venues.sort((a, b) => a.distanceMetres - b.distanceMetres).slice(0, limit);
    const farthest =
      nearest.length < limit ? search.radiusMetres : nearest[limit - 1]!.distanceMetres;
    const hasAll = farthest === undefined || farthest <= nearness * leastOfNearness;
    if (hasAll) return nearest;
    // Many are about as far away: some that are nearer may not be among them, but are in this circle.
    return (await this.first('distance', limit, { ...search, radiusMetres: farthest })).venues;
  }

  /**
   * The venues in a part of a map, those nearest to its middle first.
   *
   * @throws InvalidPointError for a longitude or a latitude that is not valid
   * @throws InvalidVenueSearchError when south is north of north
   * @throws InvalidCountError for a limit that is not valid
   */
  async withinBox(search: BoundingBoxSearch): Promise<Venue[]> {
    const { west, south, east, north, limit = 100, onlyAccepting } = search;
    const { longitude, latitude, radiusMetres, crossesMeridian } = surroundingsOf(search);
    // The index serves the circle. The box is compared number by number: as a polygon of a `geography`
    // its borders would be arcs of great circles, which are not the map's parallels.
    const meridian = 'ST_X(venue.location::geometry)';
    return this.around({ longitude, latitude, radiusMetres, onlyAccepting })
      .addSelect(nearness, 'nearness')
      .orderBy('nearness')
      .andWhere('ST_Y(venue.location::geometry) BETWEEN :south AND :north', { south, north })
      .andWhere(
        crossesMeridian
          ? `(${meridian} >= :west OR ${meridian} <= :east)`
          : `${meridian} BETWEEN :west AND :east`,
        { west, east },
      )
      .limit(checkedLimit(limit))
      .getMany();
  }

  /**
   * Opens or closes a venue, and moves the customer's serial, in one statement. The serial, or null when the
   * venue was so already; undefined when there is no such venue.
   *
   * @internal
   */
  async setAcceptingRequests(
    venueId: string,
    accepting: boolean,
  ): Promise<string | null | undefined> {
    const [venue] = await this.query<{ serial: string | null }[]>(setAcceptingRequests, [
      venueId,
      accepting,
    ]);
    return venue?.serial;
  }

  /**
   * Makes those who add venues to one customer wait for each other until the transaction ends: they draw
   * numbers. Says whether there is such a customer.
   *
   * @internal
   */
  async lockCustomer(customerProfileId: string): Promise<boolean> {
    const rows = await this.query<unknown[]>(
      'SELECT FROM customer_profiles WHERE customer_profiles_id = $1 FOR NO KEY UPDATE',
      [customerProfileId],
    );
    return rows.length > 0;
  }

  /**
   * The URL names that venues have of this one with a number from 2 to 1000 behind it.
   *
   * @internal
   */
  async findNumbered(urlName: string): Promise<Set<string>> {
    const rows = await this.query<{ url_name: string }[]>(
      `SELECT url_name FROM venues WHERE url_name = ANY (
         SELECT $1 || '-' || number FROM generate_series(2, 1000) AS number)`,
      [urlName],
    );
    return new Set(rows.map((row) => row.url_name));
  }

  /**
   * Inserts a venue; its id, or undefined when another has its URL name or its number. No statement fails,
   * so that a transaction around can go on.
   *
   * @internal
   */
  async insertIfAbsent(venue: QueryDeepPartialEntity<Venue>): Promise<string | undefined> {
    // PostgreSQL returns a location in bytes, as it is stored.
    const { raw } = await this.createQueryBuilder()
      .insert()
      .values(venue)
      .orIgnore()
      .returning('venues_id')
      .execute();
    return (raw as { venues_id: string }[])[0]?.venues_id;
  }

  /**
   * The first of a circle by one order or the other, and how far by `<->` all others are at least, or
   * Infinity when there are none.
   */
  private async first(
    order: 'nearness' | 'distance',
    limit: number,
    circle: Circle,
  ): Promise<{ venues: NearbyVenue[]; nearness: number }> {
    const query = this.around(circle)
      .addSelect(nearness, 'nearness')
      .addSelect(`ST_Distance(venue.location, ${place})`, 'distance')
      // By `<->` the GiST index gives them, and the search ends with the limit.
      .orderBy(order)
      .limit(limit);
    const { raw, entities } = await rawAndEntities<Venue, Record<typeof order, number>>(query);
    const { radiusMetres = Infinity } = circle;
    return {
      venues: entities
        .map((venue, row) => ({ venue, distanceMetres: raw[row]!.distance }))
        .filter(({ distanceMetres }) => distanceMetres <= radiusMetres),
      nearness: raw.length < limit ? Infinity : raw.at(-1)!.nearness,
    };
  }

  /** Those in the circle, and some that are a little outside: it is drawn on the sphere, in less time. */
  private around({
    longitude,
    latitude,
    radiusMetres,
    onlyAccepting = false,
  }: Circle): SelectQueryBuilder<Venue> {
    const query = this.createQueryBuilder('venue')
      .where('venue.location IS NOT NULL')
      .setParameters({ longitude, latitude });
    if (radiusMetres !== undefined) {
      query.andWhere(`ST_DWithin(venue.location, ${place}, :radiusOnSphere, false)`, {
        radiusOnSphere: radiusMetres / leastOfNearness,
      });
    }
    if (onlyAccepting) query.andWhere('venue.acceptingRequests');
    return query;
  }
}
