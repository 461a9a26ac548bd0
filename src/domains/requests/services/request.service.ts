import { Injectable } from '@nestjs/common';
import { checkTexts } from '../../../engine/common/check-texts.js';
import { isUuid } from '../../../engine/common/uuid.js';
import { SingerProfileNotFoundError, UserNotFoundError } from '../../identity/errors.js';
import { displayText, songFingerprint } from '../../songs/text/song-text.js';
import { VenueNotFoundError } from '../../venues/errors.js';
import type { Request } from '../entities/request.entity.js';
import { InvalidRequestError, RequestNotFoundError, VenueNotAcceptingError } from '../errors.js';
import { isWholeSemitones, mostSemitones } from './key-change.js';
import { RequestRepository, type QueueChange } from '../repositories/request.repository.js';

export interface NewRequest {
  venueId: string;
  artist: string;
  title: string;
  /** Semitones up or, if negative, down: -24 to 24. Default: 0. */
  keyChange?: number;
  /** The singer's message to the host. */
  notes?: string | null;
  /** The singer, if known. The request is then also added to the singer's history. */
  singerProfileId?: string | null;
  /** The user who sent the request. */
  submittedByUserId?: string | null;
}

export interface SubmittedRequest {
  request: Request;
  /** The customer's serial after the request was added. */
  serial: string;
}

/** The largest `bigint` in PostgreSQL. */
const largestId = 2n ** 63n - 1n;

/**
 * Manages a venue's requests. Each operation is one statement, which writes the change, the serial that
 * announces it to OpenKJ, and the history. It is atomic without a surrounding transaction as well.
 */
@Injectable()
export class RequestService {
  constructor(private readonly requests: RequestRepository) {}

  /**
   * Adds a request to the venue's queue. The venue cannot be closed while the request commits. If the venue
   * is being closed at the moment, the call waits until that is done.
   *
   * @throws InvalidRequestError for a blank artist or title, or a key change that is not valid
   * @throws InvalidTextError for notes that cannot be stored
   * @throws VenueNotFoundError, VenueNotAcceptingError, SingerProfileNotFoundError, UserNotFoundError
   */
  async submit(values: NewRequest): Promise<SubmittedRequest> {
    const { venueId, keyChange = 0, notes = null } = values;
    const { singerProfileId = null, submittedByUserId = null } = values;
    const artist = displayText(values.artist);
    const title = displayText(values.title);
    assertSingable(artist, title, keyChange);
    checkTexts({ notes });
    if (!isUuid(venueId)) throw new VenueNotFoundError(venueId);
    if (singerProfileId !== null && !isUuid(singerProfileId)) {
      throw new SingerProfileNotFoundError(singerProfileId);
    }
    if (submittedByUserId !== null && !isUuid(submittedByUserId)) {
      throw new UserNotFoundError(submittedByUserId);
    }
    const outcome = await this.requests.submit({
      venueId,
      singerProfileId,
      submittedByUserId,
      artist,
      title,
      keyChange,
      notes,
      fingerprint: songFingerprint(artist, title),
    });
    if (outcome.accepting === null) throw new VenueNotFoundError(venueId);
    if (!outcome.accepting) throw new VenueNotAcceptingError(venueId);
    if (!outcome.hasSinger) throw new SingerProfileNotFoundError(singerProfileId!);
    if (!outcome.hasSubmitter) throw new UserNotFoundError(submittedByUserId!);
    return outcome.submitted!;
  }

  /**
   * Marks a request of the venue as processed, which removes it from the queue. Repeating the call changes
   * nothing.
   *
   * @throws RequestNotFoundError also for a request of another venue
   */
  async process(venueId: string, requestId: string): Promise<QueueChange> {
    const change =
      isUuid(venueId) && isRequestId(requestId)
        ? await this.requests.markProcessed(venueId, requestId)
        : undefined;
    if (change === undefined) throw new RequestNotFoundError(venueId, requestId);
    return change;
  }

  /**
   * Clears the venue's queue by deleting every open request. Processed requests and the singers' history
   * are kept. Repeating the call changes nothing.
   *
   * @throws VenueNotFoundError
   */
  async clear(venueId: string): Promise<QueueChange> {
    const change = isUuid(venueId) ? await this.requests.deleteOpen(venueId) : undefined;
    if (change === undefined) throw new VenueNotFoundError(venueId);
    return change;
  }
}

function assertSingable(artist: string, title: string, keyChange: number): void {
  if (artist === '' || title === '') {
    throw new InvalidRequestError('A request names a song: give both its artist and its title.');
  }
  if (!isWholeSemitones(keyChange)) {
    throw new InvalidRequestError(
      `A key change of ${String(keyChange)} is not valid. Give whole semitones from -${mostSemitones} to ${mostSemitones}.`,
    );
  }
}

function isRequestId(id: string): boolean {
  return /^\d{1,19}$/.test(id) && BigInt(id) <= largestId;
}
