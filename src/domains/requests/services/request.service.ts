import { Injectable } from '@nestjs/common';
import { checkCount } from '../../../engine/common/check-count.js';
import { checkTexts } from '../../../engine/common/check-texts.js';
import { isUuid } from '../../../engine/common/uuid.js';
import { IdempotencyKeyReusedError } from '../../../engine/idempotency/errors.js';
import { onPrimary } from '../../../engine/connection/on-primary.js';
import { SingerProfileNotFoundError, UserNotFoundError } from '../../identity/errors.js';
import { displayText, songFingerprint } from '../../songs/text/song-text.js';
import { VenueNotFoundError } from '../../venues/errors.js';
import {
  InvalidRequestError,
  RequestLimitError,
  RequestNotFoundError,
  RequestProcessedError,
  SongAlreadyRequestedError,
  VenueNotAcceptingError,
} from '../errors.js';
import { submissionKey } from './submission-key.js';
import { isWholeSemitones, mostSemitones } from './key-change.js';
import {
  RequestRepository,
  type QueueChange,
  type QueuedRequest,
} from '../repositories/request.repository.js';

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
  /**
   * The singer's name: for a guest without a profile, or as another name for this song. Default: the nickname
   * of the profile.
   */
  singerName?: string | null;
}

export interface SubmitOptions {
  /**
   * The maximum numbers of open requests at the venue, this one included: whole numbers from 1. Default: no
   * limit.
   */
  limits?: {
    /** For the singer: the profile, else the guest of the same name, else the user who sends the request. */
    perSinger?: number;
    perVenue?: number;
  };
  /** Whether to refuse a song that is in the venue's queue already. Default: false. */
  refuseRepeats?: boolean;
  /**
   * A key that the client makes for each request, and sends again when it retries: 1 to 255 visible ASCII
   * characters, such as a UUID. The same key of the same singer at the same venue returns the first request, as
   * long as that is not deleted. Default: none.
   */
  idempotencyKey?: string;
}

export interface SubmittedRequest {
  request: QueuedRequest;
  /** The customer's serial after the request was added, as OpenKJ is told it. */
  serial: number;
  /** The number of open requests for the same song before this one. Others may be added at the same time. */
  repeats: number;
  /** Whether an earlier call with the same idempotency key has added the request. The serial is then the current one. */
  replayed: boolean;
}

/** The largest `bigint` in PostgreSQL. */
const largestId = 2n ** 63n - 1n;

/**
 * Manages a venue's requests. Each operation writes the change, the serial that announces it to OpenKJ, and the
 * history in one statement. It is atomic without a surrounding transaction as well.
 */
@Injectable()
export class RequestService {
  constructor(private readonly requests: RequestRepository) {}

  /**
   * Adds a request to the venue's queue. The venue cannot be closed while the request commits. If the venue
   * is being closed at the moment, the call waits until that is done.
   *
   * With limits, or when repeats are refused, submissions to a venue wait for each other until their transactions
   * end, so no two of them take the same place.
   *
   * @throws InvalidRequestError for a blank artist, title or name, or a key change that is not valid
   * @throws InvalidTextError for notes that cannot be stored
   * @throws InvalidCountError for a limit that is not valid
   * @throws VenueNotFoundError, VenueNotAcceptingError, SingerProfileNotFoundError, UserNotFoundError
   * @throws SongAlreadyRequestedError, RequestLimitError
   * @throws InvalidIdempotencyKeyError
   * @throws IdempotencyKeyReusedError when the key came with another song, key change, name or notes before
   */
  async submit(values: NewRequest, options: SubmitOptions = {}): Promise<SubmittedRequest> {
    const { limits: { perSinger, perVenue } = {}, refuseRepeats = false, idempotencyKey } = options;
    if (perSinger !== undefined) checkCount('limits.perSinger', perSinger);
    if (perVenue !== undefined) checkCount('limits.perVenue', perVenue);
    const { venueId, keyChange = 0, notes = null } = values;
    const { singerProfileId = null, submittedByUserId = null } = values;
    const artist = displayText(values.artist);
    const title = displayText(values.title);
    const singerName = values.singerName == null ? null : displayText(values.singerName);
    assertSingable(artist, title, keyChange);
    if (singerName === '') {
      throw new InvalidRequestError(
        'The singerName is blank. Give a name, or leave it out for the nickname of the profile.',
      );
    }
    checkTexts({ notes });
    if (!isUuid(venueId)) throw new VenueNotFoundError(venueId);
    if (singerProfileId !== null && !isUuid(singerProfileId)) {
      throw new SingerProfileNotFoundError(singerProfileId);
    }
    if (submittedByUserId !== null && !isUuid(submittedByUserId)) {
      throw new UserNotFoundError(submittedByUserId);
    }
    const fingerprint = songFingerprint(artist, title);
    const singer = { singerProfileId, singerName, submittedByUserId };
    const outcome = await this.requests.submit({
      venueId,
      singerProfileId,
      submittedByUserId,
      artist,
      title,
      keyChange,
      notes,
      fingerprint,
      singerName,
      mostOfSinger: perSinger ?? null,
      mostOfVenue: perVenue ?? null,
      refuseRepeats,
      submissionKey: idempotencyKey === undefined ? null : submissionKey(idempotencyKey, singer),
    });
    const { open, submitted } = outcome;
    if (submitted !== null) {
      const { request } = submitted;
      const isSame =
        request.songFingerprint === fingerprint &&
        request.keyChange === keyChange &&
        request.notes === notes &&
        request.singerName === singerName;
      if (submitted.replayed && !isSame) throw new IdempotencyKeyReusedError();
      return { ...submitted, repeats: open.ofSong };
    }
    if (outcome.accepting === null) throw new VenueNotFoundError(venueId);
    if (!outcome.accepting) throw new VenueNotAcceptingError(venueId);
    if (!outcome.hasSinger) throw new SingerProfileNotFoundError(singerProfileId!);
    if (!outcome.hasSubmitter) throw new UserNotFoundError(submittedByUserId!);
    if (refuseRepeats && open.ofSong > 0) {
      throw new SongAlreadyRequestedError(venueId, artist, title);
    }
    throw perSinger !== undefined && open.ofSinger >= perSinger
      ? new RequestLimitError(venueId, 'singer', perSinger, open.ofSinger)
      : new RequestLimitError(venueId, 'venue', perVenue!, open.ofVenue);
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
   * Puts a processed request back into the queue, at its old place. Repeating the call changes nothing. It
   * also works while the venue is closed, and is not subject to limits.
   *
   * @throws RequestNotFoundError also for a request of another venue
   */
  async reopen(venueId: string, requestId: string): Promise<QueueChange> {
    const change =
      isUuid(venueId) && isRequestId(requestId)
        ? await this.requests.reopen(venueId, requestId)
        : undefined;
    if (change === undefined) throw new RequestNotFoundError(venueId, requestId);
    return change;
  }

  /**
   * Deletes an open request that nobody sang, which removes it from the queue. The singer's history is kept.
   *
   * @throws RequestNotFoundError also for a request of another venue, and for one that was removed before
   * @throws RequestProcessedError
   */
  async remove(venueId: string, requestId: string): Promise<QueueChange> {
    if (!isUuid(venueId) || !isRequestId(requestId)) {
      throw new RequestNotFoundError(venueId, requestId);
    }
    const change = await this.requests.deleteOne(venueId, requestId);
    if (change.count > 0) return change;
    throw (await onPrimary(() => this.requests.existsBy({ id: requestId, venueId })))
      ? new RequestProcessedError(venueId, requestId)
      : new RequestNotFoundError(venueId, requestId);
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
    throw new InvalidRequestError('The artist or the title is blank. Give both.');
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
