import { Not, type SelectQueryBuilder } from 'typeorm';
import type { QueryDeepPartialEntity } from 'typeorm/query-builder/QueryPartialEntity.js';
import { isStorable } from '../../../engine/common/check-texts.js';
import { isUuid } from '../../../engine/common/uuid.js';
import { violatedConstraint } from '../../common/constraint-violation.js';
import { DomainRepository } from '../../common/domain.repository.js';
import { rawAndEntities } from '../../common/raw-and-entities.js';
import { isOpenkjNumber } from '../../common/openkj-number.js';
import { onPrimary } from '../../../engine/connection/on-primary.js';
import { moveSerialOf } from '../../common/serial.js';
import { Venue } from '../entities/venue.entity.js';
import { UrlNameTakenError, VenueNumberTakenError } from '../errors.js';
import {
  checkedLimit,
  checkNearby,
  surroundingsOf,
  type BoundingBoxSearch,
  type NearbySearch,
} from '../search/search-by-place.js';
import { checkedTextSearch, plain, type VenueTextSearch } from '../search/search-by-text.js';

/** A venue and its distance. */
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

const searchedTexts = `concat_ws(' ', venue.name, venue.address, venue.city, venue.state,
  venue.postal_code, venue.country, venue.url_name)`;

const hasEveryWord = `NOT EXISTS (
  SELECT FROM regexp_split_to_table(${plain(':query')}, '[\\s,]+') AS word
  WHERE strpos(${plain(searchedTexts)}, word) = 0)`;

/**
 * The index orders by `<->`, which treats the Earth as a sphere with the mean radius of 6371.0 km. The
 * distance along the ellipsoid is at least this fraction of that value: at the equator, where a meridian is
 * curved most, its radius is b²/a = 6335.4 km.
 */
const leastOfNearness = 0.9944;

/**
 * The number of additional venues to fetch, because the order by `<->` differs slightly from the order by
 * distance.
 */
const spares = 6;

export class VenueRepository extends DomainRepository<Venue> {
  /** Finds the venue with this URL name. */
  async findByUrlName(urlName: string): Promise<Venue | null> {
    return isStorable(urlName) ? this.findOneBy({ urlName }) : null;
  }

  /** Finds the customer's venues, by their numbers in OpenKJ. */
  async findOfCustomer(customerProfileId: string): Promise<Venue[]> {
    if (!isUuid(customerProfileId)) return [];
    // OpenKJ reads the venues after it has seen a new serial; a replica might still return the old ones.
    return onPrimary(() =>
      this.find({ where: { customerProfileId }, order: { openkjVenueId: 'ASC' } }),
    );
  }

  /**
   * Finds the customer's venue with this OpenKJ number. It reads the primary, because OpenKJ asks for a new
   * venue at once.
   */
  async findByOpenkjId(customerProfileId: string, openkjVenueId: number): Promise<Venue | null> {
    if (!isUuid(customerProfileId) || !isOpenkjNumber(openkjVenueId)) return null;
    return onPrimary(() => this.findOneBy({ customerProfileId, openkjVenueId }));
  }

  /**
   * Finds a customer's venues by words of their names and addresses, in any case and without accents. Those
   * whose name begins with the query come first, then by name.
   *
   * @throws InvalidVenueSearchError for a query that is blank or too long
   * @throws InvalidCountError for a limit that is not valid
   */
  async search(search: VenueTextSearch): Promise<Venue[]> {
    const limit = checkedTextSearch(search);
    const { customerProfileId, query } = search;
    if (!isUuid(customerProfileId)) return [];
    return this.createQueryBuilder('venue')
      .where('venue.customerProfileId = :customerProfileId', { customerProfileId })
      .andWhere(hasEveryWord, { query })
      .addSelect(`starts_with(${plain('venue.name')}, ${plain(':query')})`, 'begins')
      .orderBy('begins', 'DESC')
      .addOrderBy('venue.name')
      .addOrderBy('venue.id')
      .limit(limit)
      .getMany();
  }

  /**
   * Finds the venues around a point, nearest first, each with its distance. Venues without a location are
   * never found.
   *
   * @throws InvalidPointError for a longitude or a latitude that is not valid
   * @throws InvalidVenueSearchError for a radius that is not valid
   * @throws InvalidCountError for a limit that is not valid
   * @throws MissingFilterError for a customer that is there and has no value
   */
  async nearby(search: NearbySearch): Promise<NearbyVenue[]> {
    const limit = checkNearby(search);
    if (isNobody(search)) return [];
    const { venues, nearness } = await this.first('nearness', limit + spares, search);
    const nearest = venues.sort((a, b) => a.distanceMetres - b.distanceMetres).slice(0, limit);
    const farthest =
      nearest.length < limit ? search.radiusMetres : nearest[limit - 1]!.distanceMetres;
    const hasAll = farthest === undefined || farthest <= nearness * leastOfNearness;
    if (hasAll) return nearest;
    // Many venues are about equally far away, so nearer ones may be missing. All nearer ones are within
    // this circle.
    return (await this.first('distance', limit, { ...search, radiusMetres: farthest })).venues;
  }

  /**
   * Finds the venues in a part of a map, those nearest to its centre first.
   *
   * @throws InvalidPointError for a longitude or a latitude that is not valid
   * @throws InvalidVenueSearchError when south is greater than north
   * @throws InvalidCountError for a limit that is not valid
   * @throws MissingFilterError for a customer that is there and has no value
   */
  async withinBox(search: BoundingBoxSearch): Promise<Venue[]> {
    const { west, south, east, north, limit = 100, onlyAccepting, customerProfileId } = search;
    const { longitude, latitude, radiusMetres, crossesMeridian } = surroundingsOf(search);
    checkedLimit(limit);
    if (isNobody(search)) return [];
    // The circle lets PostgreSQL use the index. The box is compared by coordinates, because the edges of a
    // `geography` polygon are great circles and do not follow the map's parallels.
    const meridian = 'ST_X(venue.location::geometry)';
    return this.around({ longitude, latitude, radiusMetres, onlyAccepting, customerProfileId })
      .addSelect(nearness, 'nearness')
      .orderBy('nearness')
      .andWhere('ST_Y(venue.location::geometry) BETWEEN :south AND :north', { south, north })
      .andWhere(
        crossesMeridian
          ? `(${meridian} >= :west OR ${meridian} <= :east)`
          : `${meridian} BETWEEN :west AND :east`,
        { west, east },
      )
      .limit(limit)
      .getMany();
  }

  /**
   * Opens or closes a venue and increments the customer's serial, in one statement. Returns the serial,
   * null when the venue already was in that state, or undefined when the venue does not exist.
   *
   * @internal
   */
  async setAcceptingRequests(
    venueId: string,
    accepting: boolean,
  ): Promise<number | null | undefined> {
    const [venue] = await this.query<{ serial: number | null }[]>(setAcceptingRequests, [
      venueId,
      accepting,
    ]);
    return venue?.serial;
  }

  /**
   * Reads a venue, and locks it until the transaction ends. A new URL name or number needs the stronger
   * lock: taking it only with the write could end in a deadlock.
   *
   * @internal
   */
  lock(id: string, { urlName, openkjVenueId }: Partial<Venue>): Promise<Venue | null> {
    const isKey = urlName !== undefined || openkjVenueId !== undefined;
    return this.createQueryBuilder('venue')
      .where('venue.id = :id', { id })
      .setLock(isKey ? 'pessimistic_write' : 'for_no_key_update')
      .getOne();
  }

  /**
   * Writes the fields of a locked venue that differ, and sets them in `venue`. It runs in a savepoint, so a
   * conflict leaves the surrounding transaction usable.
   *
   * @throws UrlNameTakenError, VenueNumberTakenError
   * @internal
   */
  async change(venue: Venue, fields: Partial<Venue>): Promise<void> {
    const { id, customerProfileId } = venue;
    const { urlName, openkjVenueId } = fields;
    // The constraints refuse these as well, but two venues that take each other's name at the same time would
    // deadlock there.
    if (
      urlName !== undefined &&
      (await this.everywhere(() => this.existsBy({ urlName, id: Not(id) })))
    ) {
      throw new UrlNameTakenError(urlName);
    }
    const number = { customerProfileId, openkjVenueId };
    if (openkjVenueId !== undefined && (await this.existsBy({ ...number, id: Not(id) }))) {
      throw new VenueNumberTakenError(openkjVenueId);
    }
    Object.assign(venue, fields);
    try {
      await this.manager.transaction((manager) => manager.save(venue));
    } catch (error) {
      switch (violatedConstraint(error)) {
        case 'venues_url_name_key':
          throw new UrlNameTakenError(urlName!);
        case 'venues_customer_profiles_id_openkj_venue_id_key':
          throw new VenueNumberTakenError(openkjVenueId!);
        default:
          throw error;
      }
    }
  }

  /**
   * Deletes a venue with the rows that belong to it. Returns the customer's id, or undefined when there is no
   * such venue.
   *
   * @internal
   */
  async deleteOne(id: string): Promise<string | undefined> {
    const { raw } = await this.createQueryBuilder()
      .delete()
      .where('venues_id = :id', { id })
      .returning('customer_profiles_id')
      .execute();
    return (raw as { customer_profiles_id: string }[])[0]?.customer_profiles_id;
  }

  /**
   * Locks a customer until the transaction ends, so that callers who add venues to it take their numbers
   * one after another. Returns whether the customer exists.
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
   * Finds the URL names in use that consist of this one and a number from 2 to 1000.
   *
   * @internal
   */
  async findNumbered(urlName: string): Promise<Set<string>> {
    const rows = await this.everywhere(() =>
      this.query<{ url_name: string }[]>(
        `SELECT url_name FROM venues WHERE url_name = ANY (
           SELECT $1 || '-' || number FROM generate_series(2, 1000) AS number)`,
        [urlName],
      ),
    );
    return new Set(rows.map((row) => row.url_name));
  }

  /**
   * Inserts a venue. Returns its id, or undefined when its URL name or number is taken. A conflict does not
   * fail the statement, so the surrounding transaction stays usable.
   *
   * @internal
   */
  async insertIfAbsent(venue: QueryDeepPartialEntity<Venue>): Promise<string | undefined> {
    // PostgreSQL returns a location in its binary form.
    const { raw } = await this.createQueryBuilder()
      .insert()
      .values(venue)
      .orIgnore()
      .returning('venues_id')
      .execute();
    return (raw as { venues_id: string }[])[0]?.venues_id;
  }

  /**
   * Reads the first venues within a circle in one of the two orders. Also returns the least `<->` value
   * that any other venue can have, or Infinity when there are no others.
   */
  private async first(
    order: 'nearness' | 'distance',
    limit: number,
    circle: Circle,
  ): Promise<{ venues: NearbyVenue[]; nearness: number }> {
    const query = this.around(circle)
      .addSelect(nearness, 'nearness')
      .addSelect(`ST_Distance(venue.location, ${place})`, 'distance')
      // The GiST index returns rows in the order of `<->`, so the scan stops at the limit.
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

  /**
   * Selects the venues within the circle. Some are slightly outside, because the faster check on a sphere
   * is used.
   */
  private around({
    longitude,
    latitude,
    radiusMetres,
    onlyAccepting = false,
    customerProfileId = this.onlyTenant,
  }: Circle): SelectQueryBuilder<Venue> {
    const query = this.createQueryBuilder('venue')
      .where('venue.location IS NOT NULL')
      .setParameters({ longitude, latitude });
    if (this.hasTenancy) query.expressionMap.mainAlias!.subQuery = this.visible('venues');
    if (radiusMetres !== undefined) {
      query.andWhere(`ST_DWithin(venue.location, ${place}, :radiusOnSphere, false)`, {
        radiusOnSphere: radiusMetres / leastOfNearness,
      });
    }
    if (onlyAccepting) query.andWhere('venue.acceptingRequests');
    if (customerProfileId !== undefined) {
      query.andWhere('venue.customerProfileId = :customerProfileId', { customerProfileId });
    }
    return query;
  }
}

/** Whether the search is for the venues of a customer that cannot exist. */
function isNobody({ customerProfileId }: Pick<NearbySearch, 'customerProfileId'>): boolean {
  return customerProfileId !== undefined && !isUuid(customerProfileId);
}
