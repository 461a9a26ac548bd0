import { randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { checkTexts } from '../../../engine/common/check-texts.js';
import { givenFields } from '../../common/given-fields.js';
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
import { StateRepository } from '../repositories/state.repository.js';
import { VenueRepository } from '../repositories/venue.repository.js';
import { urlNameOf } from './url-name.js';

/** The fields of a new venue. A field that is left out has the column's default. */
export type NewVenue = Pick<
  Venue,
  'customerProfileId' | 'name' | 'address' | 'city' | 'state' | 'postalCode'
> &
  Partial<Pick<Venue, 'acceptingRequests' | 'country' | 'phoneNumber' | 'website' | 'location'>> & {
    /** Default: made from the name, and unique. */
    urlName?: string;
    /** Default: the customer's highest number plus one. */
    openkjVenueId?: number;
  };

/** The fields of a venue that change. A field that is left out or undefined stays as it is. */
export type VenueChanges = Partial<Pick<Venue, (typeof changeable)[number]>>;

const changeable = [
  'name',
  'urlName',
  'openkjVenueId',
  'address',
  'city',
  'state',
  'postalCode',
  'country',
  'phoneNumber',
  'website',
  'location',
] as const;

/** The outcome of changing a venue. */
export interface VenueUpdate {
  /** The venue as it is now. */
  venue: Venue;
  /**
   * The customer's serial after the change, as OpenKJ is told it; null when the change does not concern
   * OpenKJ.
   */
  serial: number | null;
}

/** The outcome of opening or closing a venue. */
export interface AcceptanceChange {
  /** False when the venue was already open (or already closed). */
  changed: boolean;
  /** The customer's serial after the change, as OpenKJ is told it; null when nothing changed. */
  serial: number | null;
}

/** The number of attempts with counted URL names (`joes-bar-2`). Later attempts use a random suffix. */
const orderlyAttempts = 4;
const attempts = 20;

@Injectable()
export class VenueService {
  constructor(
    private readonly venues: VenueRepository,
    private readonly state: StateRepository,
  ) {}

  /**
   * Adds a venue, and increments the customer's serial. Without `urlName`, the URL name is made from the
   * venue's name, with a number appended when another venue already has it: `joes-bar`, `joes-bar-2`.
   * Concurrent calls are safe.
   *
   * @throws CustomerProfileNotFoundError, InvalidUrlNameError, UrlNameTakenError, VenueNumberTakenError
   * @throws InvalidVenueNumberError also when the customer's highest number plus one is not valid
   * @throws InvalidTextError
   * @throws InvalidPointError for a location that is not valid
   */
  @Transactional()
  async create({ urlName, openkjVenueId, ...fields }: NewVenue): Promise<Venue> {
    const base = urlName === undefined ? urlNameOf(fields.name) : checkUrlName(urlName);
    if (openkjVenueId !== undefined) checkNumber(openkjVenueId);
    checkTexts(fields);
    const { customerProfileId } = fields;
    if (!isUuid(customerProfileId) || !(await this.venues.lockCustomer(customerProfileId))) {
      throw new CustomerProfileNotFoundError(customerProfileId);
    }
    for (let attempt = 0; attempt < attempts; attempt++) {
      const venue = {
        ...fields,
        urlName: attempt === 0 ? base : await this.variant(base, attempt),
        openkjVenueId: openkjVenueId ?? (await this.nextNumber(customerProfileId)),
      };
      const id = await this.venues.insertIfAbsent(venue);
      if (id !== undefined) {
        await this.state.moveSerial(customerProfileId);
        return this.venues.findOneByOrFail({ id });
      }
      if (openkjVenueId !== undefined && (await this.hasNumber(venue))) {
        throw new VenueNumberTakenError(openkjVenueId);
      }
      if (urlName !== undefined) break;
    }
    throw new UrlNameTakenError(base);
  }

  /**
   * Changes a venue's fields. A new name does not change the URL name, to which links and QR codes point. The
   * serial changes only with the fields that OpenKJ shows: the name, the URL name and the number. Fields with
   * an unchanged value are not written. Use `open()` and `close()` to start and stop requests.
   *
   * @throws VenueNotFoundError, InvalidUrlNameError, UrlNameTakenError, InvalidVenueNumberError,
   *   VenueNumberTakenError
   * @throws InvalidTextError
   * @throws InvalidPointError for a location that is not valid
   */
  @Transactional()
  async update(venueId: string, changes: VenueChanges): Promise<VenueUpdate> {
    const fields = givenFields(changes, changeable);
    const { urlName, openkjVenueId } = fields;
    if (urlName !== undefined) checkUrlName(urlName);
    if (openkjVenueId !== undefined) checkNumber(openkjVenueId);
    checkTexts(fields);
    const venue = isUuid(venueId) ? await this.venues.lock(venueId, fields) : null;
    if (venue === null) throw new VenueNotFoundError(venueId);
    const { customerProfileId } = venue;
    const before = shownByOpenkj(venue);
    await this.venues.change(venue, fields);
    const isShown = shownByOpenkj(venue) !== before;
    return { venue, serial: isShown ? await this.state.moveSerial(customerProfileId) : null };
  }

  /**
   * Deletes a venue with its requests, its entries in singers' histories and its favourite marks. Returns the
   * customer's serial after the deletion. Submissions that have not committed wait, and are then refused.
   *
   * @throws VenueNotFoundError
   */
  @Transactional()
  async remove(venueId: string): Promise<number> {
    const customerProfileId = isUuid(venueId) ? await this.venues.deleteOne(venueId) : undefined;
    if (customerProfileId === undefined) throw new VenueNotFoundError(venueId);
    // Not in the DELETE statement, which would lock the serial before the requests. Processing a request
    // locks the request first, so the two could deadlock.
    return this.state.moveSerial(customerProfileId);
  }

  /**
   * Lets singers submit requests. The serial changes only when the venue was closed. @throws
   * VenueNotFoundError
   */
  open(venueId: string): Promise<AcceptanceChange> {
    return this.setAcceptingRequests(venueId, true);
  }

  /**
   * Stops the venue from taking requests. Submissions that have not committed wait, and are then refused.
   * The serial changes only when the venue was open. @throws VenueNotFoundError
   */
  close(venueId: string): Promise<AcceptanceChange> {
    return this.setAcceptingRequests(venueId, false);
  }

  /** Opens or closes the venue. @throws VenueNotFoundError */
  async setAcceptingRequests(venueId: string, accepting: boolean): Promise<AcceptanceChange> {
    const serial = isUuid(venueId)
      ? await this.venues.setAcceptingRequests(venueId, accepting)
      : undefined;
    if (serial === undefined) throw new VenueNotFoundError(venueId);
    return { changed: serial !== null, serial };
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

  /** Appends the first free number to the name or, after some attempts, a random suffix. */
  private async variant(base: string, attempt: number): Promise<string> {
    if (attempt >= orderlyAttempts) return `${base}-${randomBytes(4).toString('hex')}`;
    const taken = await this.venues.findNumbered(base);
    let number = 2;
    while (taken.has(`${base}-${number}`)) number++;
    return `${base}-${number}`;
  }
}

/** The fields of a venue that OpenKJ lists, as one text. */
function shownByOpenkj({ name, urlName, openkjVenueId }: Venue): string {
  return JSON.stringify([name, urlName, openkjVenueId]);
}

/** @throws InvalidUrlNameError */
function checkUrlName(urlName: string): string {
  const base = urlNameOf(urlName);
  if (urlName !== base) throw new InvalidUrlNameError(urlName, base);
  return urlName;
}

/** @throws InvalidVenueNumberError */
function checkNumber(openkjVenueId: number): number {
  if (!isOpenkjNumber(openkjVenueId)) throw new InvalidVenueNumberError(openkjVenueId);
  return openkjVenueId;
}
