import { randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import type { QueryDeepPartialEntity } from 'typeorm/query-builder/QueryPartialEntity.js';
import { checkTexts } from '../../../engine/common/check-texts.js';
import { isOpenkjNumber } from '../../common/openkj-number.js';
import { isUuid } from '../../../engine/common/uuid.js';
import { CustomerProfileNotFoundError } from '../../identity/errors.js';
import { Transactional } from '../../../engine/transaction/transactional.decorator.js';
import type { Venue } from '../entities/venue.entity.js';
import {
  InvalidUrlNameError,
  InvalidVenueNumberError,
  UrlNameTakenError,
  VenueNotFoundError,
  VenueNumberTakenError,
} from '../errors.js';
import { VenueRepository } from '../repositories/venue.repository.js';
import { moveSerialOf } from '../../common/serial.js';
import { urlNameOf } from '../url-name.js';

/** What a venue is made of; what is left out has the column's default. */
export type NewVenue = Pick<
  Venue,
  'customerProfileId' | 'name' | 'address' | 'city' | 'state' | 'postalCode'
> &
  Partial<Pick<Venue, 'acceptingRequests' | 'country' | 'phoneNumber' | 'website' | 'location'>> & {
    /** Default: made from the name, and unlike every other. */
    urlName?: string;
    /** Default: one more than the customer's highest. */
    openkjVenueId?: number;
  };

/** What opening or closing a venue did. */
export interface AcceptanceChange {
  /** False when the venue was open, or closed, already. */
  changed: boolean;
  /** The customer's serial after the change; null when nothing changed. */
  serial: string | null;
}

/** How often to look for a free number at the end of a URL name before one is drawn at random. */
const orderlyAttempts = 4;
const attempts = 20;

@Injectable()
export class VenueService {
  constructor(private readonly venues: VenueRepository) {}

  /**
   * Adds a venue. Its URL name, when none is given, is made from its name, with a number behind it when
   * another venue has it already: `joes-bar`, `joes-bar-2`. Nothing is lost when many do so at once.
   *
   * @throws CustomerProfileNotFoundError, InvalidUrlNameError, UrlNameTakenError, VenueNumberTakenError
   * @throws InvalidVenueNumberError also when the number after the customer's highest is not valid
   * @throws InvalidTextError
   * @throws InvalidPointError for a location that is not valid
   */
  @Transactional()
  async create({ urlName, openkjVenueId, ...fields }: NewVenue): Promise<Venue> {
    const base = urlNameOf(urlName ?? fields.name);
    if (urlName !== undefined && urlName !== base) throw new InvalidUrlNameError(urlName, base);
    if (openkjVenueId !== undefined) checkNumber(openkjVenueId);
    checkTexts(fields);
    await this.lockCustomer(fields.customerProfileId);
    for (let attempt = 0; attempt < attempts; attempt++) {
      const venue = {
        ...fields,
        urlName: attempt === 0 ? base : await this.variant(base, attempt),
        openkjVenueId: openkjVenueId ?? (await this.nextNumber(fields.customerProfileId)),
      };
      const id = await this.insert(venue);
      if (id !== undefined) return this.venues.findOneByOrFail({ id });
      if (openkjVenueId !== undefined && (await this.hasNumber(venue))) {
        throw new VenueNumberTakenError(openkjVenueId);
      }
      if (urlName !== undefined) break;
    }
    throw new UrlNameTakenError(base);
  }

  /** Lets singers submit requests. The serial moves when they could not before. @throws VenueNotFoundError */
  open(venueId: string): Promise<AcceptanceChange> {
    return this.setAcceptingRequests(venueId, true);
  }

  /**
   * Ends the taking of requests: every submission that has not committed waits, and is refused. The
   * serial moves when the venue was open. @throws VenueNotFoundError
   */
  close(venueId: string): Promise<AcceptanceChange> {
    return this.setAcceptingRequests(venueId, false);
  }

  /** Opens or closes the venue, whichever it is not. @throws VenueNotFoundError */
  async setAcceptingRequests(venueId: string, accepting: boolean): Promise<AcceptanceChange> {
    const [result] = isUuid(venueId)
      ? await this.venues.query(
          `WITH changed AS (
             UPDATE venues SET accepting_requests = $2
             WHERE venues_id = $1 AND accepting_requests <> $2
             RETURNING customer_profiles_id
           ), moved AS (${moveSerialOf('changed')})
           SELECT (SELECT serial FROM moved) AS serial FROM venues WHERE venues_id = $1`,
          [venueId, accepting],
        )
      : [];
    if (result === undefined) throw new VenueNotFoundError(venueId);
    return { changed: result.serial !== null, serial: result.serial };
  }

  /** Makes those who add venues to one customer wait for each other: they draw numbers. */
  private async lockCustomer(customerProfileId: string): Promise<void> {
    const rows: unknown[] = isUuid(customerProfileId)
      ? await this.venues.query(
          'SELECT FROM customer_profiles WHERE customer_profiles_id = $1 FOR NO KEY UPDATE',
          [customerProfileId],
        )
      : [];
    if (rows.length === 0) throw new CustomerProfileNotFoundError(customerProfileId);
  }

  private hasNumber({
    customerProfileId,
    openkjVenueId,
  }: Pick<Venue, 'customerProfileId' | 'openkjVenueId'>): Promise<boolean> {
    return this.venues.existsBy({ customerProfileId, openkjVenueId });
  }

  private async nextNumber(customerProfileId: string): Promise<number> {
    const highest = await this.venues.maximum('openkjVenueId', { customerProfileId });
    return checkNumber((highest ?? 0) + 1);
  }

  /** The name with the first number behind it that is free now, or after some tries with any. */
  private async variant(base: string, attempt: number): Promise<string> {
    if (attempt >= orderlyAttempts) return `${base}-${randomBytes(4).toString('hex')}`;
    const taken = new Set(
      (
        await this.venues.query<{ url_name: string }[]>(
          `SELECT url_name FROM venues WHERE url_name = ANY (
           SELECT $1 || '-' || number FROM generate_series(2, 1000) AS number)`,
          [base],
        )
      ).map((row) => row.url_name),
    );
    let number = 2;
    while (taken.has(`${base}-${number}`)) number++;
    return `${base}-${number}`;
  }

  /** The new row's id; undefined when another has its URL name or its number. */
  private async insert(venue: QueryDeepPartialEntity<Venue>): Promise<string | undefined> {
    // A conflict that fails a statement would fail the transaction around as well.
    const result = await this.venues
      .createQueryBuilder()
      .insert()
      .values(venue)
      .orIgnore()
      .returning('venues_id')
      .execute();
    return (result.raw as { venues_id: string }[])[0]?.venues_id;
  }
}

/** @throws InvalidVenueNumberError */
function checkNumber(openkjVenueId: number): number {
  if (!isOpenkjNumber(openkjVenueId)) throw new InvalidVenueNumberError(openkjVenueId);
  return openkjVenueId;
}
