import { Repository, type SelectQueryBuilder } from 'typeorm';
import { rawAndEntities } from '../../common/raw-and-entities.js';
import { Venue } from '../entities/venue.entity.js';
import {
  checkedLimit,
  checkNearby,
  surroundingsOf,
  type BoundingBoxSearch,
  type NearbySearch,
} from '../search-by-place.js';

/** A venue and how far away it is. */
export interface NearbyVenue {
  venue: Venue;
  /** Along the ellipsoid (WGS 84), in metres. */
  distanceMetres: number;
}

const place = 'ST_SetSRID(ST_MakePoint(:longitude, :latitude), 4326)::geography';
const nearness = `venue.location <-> ${place}`;

export class VenueRepository extends Repository<Venue> {
  /** The venue with this name in URLs. */
  findByUrlName(urlName: string): Promise<Venue | null> {
    return this.findOneBy({ urlName });
  }

  /**
   * The venues around a point, the nearest first, each with its distance. Venues without a location are
   * found by no place.
   *
   * @throws InvalidPointError for a longitude or a latitude that is none
   * @throws InvalidVenueSearchError for a radius or a limit that makes no sense
   */
  async nearby(search: NearbySearch): Promise<NearbyVenue[]> {
    const limit = checkNearby(search);
    const { longitude, latitude, radiusMetres, onlyAccepting } = search;
    // `<->` takes the Earth for a sphere, which is off by up to 1 in 180, and the distances do not:
    // some more than were asked for are put in order by the true distance.
    const candidates = this.nearest(longitude, latitude, radiusMetres, onlyAccepting)
      .select('venue.id', 'id')
      .addSelect(nearness, 'nearness')
      .addSelect(`ST_Distance(venue.location, ${place})`, 'distance_metres')
      .limit(limit + Math.ceil(limit / 4) + 8);
    const query = this.createQueryBuilder('venue')
      .innerJoin(`(${candidates.getQuery()})`, 'candidate', 'candidate.id = venue.id')
      .setParameters(candidates.getParameters())
      .addSelect('candidate.distance_metres', 'distance_metres')
      .orderBy('candidate.distance_metres')
      .limit(limit);
    const { entities, raw } = await rawAndEntities<Venue, { distance_metres: number }>(query);
    return entities.map((venue, row) => ({ venue, distanceMetres: raw[row]!.distance_metres }));
  }

  /**
   * The venues in a part of a map, those nearest to its middle first.
   *
   * @throws InvalidPointError for a longitude or a latitude that is none
   * @throws InvalidVenueSearchError when south is north of north, or for a limit that makes no sense
   */
  async withinBox(search: BoundingBoxSearch): Promise<Venue[]> {
    const { west, south, east, north, limit = 100, onlyAccepting } = search;
    const { longitude, latitude, radiusMetres, crossesMeridian } = surroundingsOf(search);
    // The index serves the circle. The box is compared number by number: as a polygon of a `geography`
    // its borders would be arcs of great circles, which are not the map's parallels.
    const meridian = 'ST_X(venue.location::geometry)';
    return this.nearest(longitude, latitude, radiusMetres, onlyAccepting)
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

  /** Venues in the order of the GiST index, which ends the search with the limit. */
  private nearest(
    longitude: number,
    latitude: number,
    radiusMetres: number | undefined,
    onlyAccepting = false,
  ): SelectQueryBuilder<Venue> {
    const query = this.createQueryBuilder('venue')
      .where('venue.location IS NOT NULL')
      .setParameters({ longitude, latitude, radiusMetres })
      .addSelect(nearness, 'nearness')
      .orderBy('nearness');
    if (radiusMetres !== undefined) {
      query.andWhere(`ST_DWithin(venue.location, ${place}, :radiusMetres)`);
    }
    if (onlyAccepting) query.andWhere('venue.acceptingRequests');
    return query;
  }
}
