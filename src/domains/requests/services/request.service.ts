import { Injectable } from '@nestjs/common';
import { checkTexts } from '../../../engine/common/check-texts.js';
import { entityFromRow } from '../../common/entity-from-row.js';
import { isUuid } from '../../../engine/common/uuid.js';
import { SingerProfileNotFoundError, UserNotFoundError } from '../../identity/errors.js';
import { displayText, songFingerprint } from '../../songs/song-text.js';
import { VenueNotFoundError } from '../../venues/errors.js';
import { moveSerialOf } from '../../common/serial.js';
import type { Request } from '../entities/request.entity.js';
import { InvalidRequestError, RequestNotFoundError, VenueNotAcceptingError } from '../errors.js';
import { isWholeSemitones, mostSemitones } from '../key-change.js';
import { RequestRepository } from '../repositories/request.repository.js';

export interface NewRequest {
  venueId: string;
  artist: string;
  title: string;
  /** Semitones up or, if negative, down: -24 to 24. Default: 0. */
  keyChange?: number;
  /** What the singer tells the host. */
  notes?: string | null;
  /** Who sings, when that is known; then the request goes into the singer's history as well. */
  singerProfileId?: string | null;
  /** The user who sent the request. */
  submittedByUserId?: string | null;
}

export interface SubmittedRequest {
  request: Request;
  /** The customer's serial, which the request moved. */
  serial: string;
}

/** What processing a request, or clearing a venue's, did. */
export interface QueueChange {
  /** How many requests changed: 0 when there was nothing to do. */
  count: number;
  /** The customer's serial after the change; null when nothing changed. */
  serial: string | null;
}

/** `bigint` in PostgreSQL, above 0. */
const largestId = 2n ** 63n - 1n;

/**
 * What happens to a venue's requests. Each operation is one statement, and so one transaction when none
 * is around: the change, the serial that tells OpenKJ of it, and the history.
 */
@Injectable()
export class RequestService {
  constructor(private readonly requests: RequestRepository) {}

  /**
   * Puts a request into the venue's queue. While it commits, the venue cannot be closed; a venue that is
   * being closed is waited for.
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
    const fingerprint = songFingerprint(artist, title);
    const [result] = await this.requests.query(submission, [
      venueId,
      singerProfileId,
      submittedByUserId,
      artist,
      title,
      keyChange,
      notes,
      fingerprint,
    ]);
    if (result.accepting === null) throw new VenueNotFoundError(venueId);
    if (!result.accepting) throw new VenueNotAcceptingError(venueId);
    if (!result.has_singer) throw new SingerProfileNotFoundError(singerProfileId!);
    if (!result.has_submitter) throw new UserNotFoundError(submittedByUserId!);
    return { request: entityFromRow(this.requests, result), serial: result.serial };
  }

  /**
   * Marks a request of the venue processed: it leaves the queue. Once more changes nothing.
   *
   * @throws RequestNotFoundError also for a request of another venue
   */
  async process(venueId: string, requestId: string): Promise<QueueChange> {
    const [result] =
      isUuid(venueId) && isRequestId(requestId)
        ? await this.requests.query(
            `WITH changed AS (
               UPDATE requests r SET processed = true, processed_at = now() FROM venues v
               WHERE r.requests_id = $2 AND r.venues_id = $1 AND NOT r.processed
                 AND v.venues_id = r.venues_id
               RETURNING v.customer_profiles_id
             ), moved AS (${moveSerialOf('changed')})
             SELECT (SELECT serial FROM moved) AS serial
             FROM requests WHERE requests_id = $2 AND venues_id = $1`,
            [venueId, requestId],
          )
        : [];
    if (result === undefined) throw new RequestNotFoundError(venueId, requestId);
    return { count: result.serial === null ? 0 : 1, serial: result.serial };
  }

  /**
   * Takes every open request out of the venue's queue, by deleting it: nobody has sung it. What is
   * processed stays, and so does the history. Once more changes nothing.
   *
   * @throws VenueNotFoundError
   */
  async clear(venueId: string): Promise<QueueChange> {
    const [result] = isUuid(venueId)
      ? await this.requests.query(
          `WITH changed AS (
             DELETE FROM requests r USING venues v
             WHERE r.venues_id = $1 AND NOT r.processed AND v.venues_id = r.venues_id
             RETURNING v.customer_profiles_id
           ), moved AS (${moveSerialOf('changed')})
           SELECT (SELECT count(*)::int FROM changed) AS count, (SELECT serial FROM moved) AS serial
           FROM venues WHERE venues_id = $1`,
          [venueId],
        )
      : [];
    if (result === undefined) throw new VenueNotFoundError(venueId);
    return { count: result.count, serial: result.serial };
  }
}

/**
 * A venue's row is locked against changes, and for longer than the request is written: otherwise one
 * could come after the venue has closed. Refusals are found out by reading, not by a constraint, so that
 * the transaction around can go on; KEY SHARE is what the constraint's check takes, so that nobody who was
 * found is deleted in between.
 */
const submission = `
  WITH venue AS (
    SELECT venues_id, customer_profiles_id, accepting_requests
    FROM venues WHERE venues_id = $1 FOR SHARE
  ), submitter AS (
    SELECT FROM users WHERE users_id = $3 FOR KEY SHARE
  ), singer AS (
    SELECT FROM singer_profiles WHERE singer_profiles_id = $2 FOR KEY SHARE
  ), people AS (
    SELECT
      $3::uuid IS NULL OR EXISTS (SELECT FROM submitter) AS has_submitter,
      $2::uuid IS NULL OR EXISTS (SELECT FROM singer) AS has_singer
  ), allowed AS (
    SELECT venue.* FROM venue, people WHERE accepting_requests AND has_singer AND has_submitter
  ), request AS (
    INSERT INTO requests (venues_id, singer_profiles_id, submitted_by_users_id, artist, title,
                          key_change, notes)
    SELECT venues_id, $2, $3, $4, $5, $6, $7 FROM allowed
    RETURNING *
  ), history AS (
    INSERT INTO singer_request_history (singer_profiles_id, venues_id, artist, title, key_change,
                                        requested_at, song_fingerprint)
    SELECT singer_profiles_id, venues_id, artist, title, key_change, requested_at, $8
    FROM request WHERE singer_profiles_id IS NOT NULL
  ), moved AS (${moveSerialOf('allowed')})
  SELECT request.*, (SELECT accepting_requests FROM venue) AS accepting, has_singer, has_submitter,
    (SELECT serial FROM moved) AS serial
  FROM people LEFT JOIN request ON true`;

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
