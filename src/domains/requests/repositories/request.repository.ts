import type { SelectQueryBuilder } from 'typeorm';
import { DomainRepository } from '../../common/domain.repository.js';
import { rawAndEntities } from '../../common/raw-and-entities.js';
import { moveSerialOf } from '../../common/serial.js';
import { checkCount } from '../../../engine/common/check-count.js';
import { isUuid } from '../../../engine/common/uuid.js';
import { onPrimary } from '../../../engine/connection/on-primary.js';
import { Request } from '../entities/request.entity.js';

const mostRequests = 500;

/** The values of a request to be written. */
export interface Submission {
  readonly venueId: string;
  readonly singerProfileId: string | null;
  readonly submittedByUserId: string | null;
  readonly artist: string;
  readonly title: string;
  readonly keyChange: number;
  readonly notes: string | null;
  /** Identifies the song in the singer's history. */
  readonly fingerprint: string;
}

/** The outcome of a submission. */
export interface SubmissionOutcome {
  /** Null when the venue does not exist. */
  readonly accepting: boolean | null;
  readonly hasSinger: boolean;
  readonly hasSubmitter: boolean;
  /** The request and the customer's serial; null when the submission was refused. */
  readonly submitted: { request: Request; serial: string } | null;
}

/**
 * The venue's row is locked until the transaction ends. Otherwise a request could be added after the venue
 * has closed. Refusals are detected by reading and not by a constraint violation, so the surrounding
 * transaction stays usable. FOR KEY SHARE is the lock of the foreign key check: it prevents the deletion of
 * the rows in between.
 */
const submit = `
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

const markProcessed = `
  WITH changed AS (
    UPDATE requests r SET processed = true, processed_at = now() FROM venues v
    WHERE r.requests_id = $2 AND r.venues_id = $1 AND NOT r.processed
      AND v.venues_id = r.venues_id
    RETURNING v.customer_profiles_id
  ), moved AS (${moveSerialOf('changed')})
  SELECT (SELECT count(*)::int FROM changed) AS count, (SELECT serial FROM moved) AS serial
  FROM requests WHERE requests_id = $2 AND venues_id = $1`;

const deleteOpen = `
  WITH changed AS (
    DELETE FROM requests r USING venues v
    WHERE r.venues_id = $1 AND NOT r.processed AND v.venues_id = r.venues_id
    RETURNING v.customer_profiles_id
  ), moved AS (${moveSerialOf('changed')})
  SELECT (SELECT count(*)::int FROM changed) AS count, (SELECT serial FROM moved) AS serial
  FROM venues WHERE venues_id = $1`;

/** The outcome of processing a request or clearing a venue's queue. */
export interface QueueChange {
  /** The number of requests that changed; 0 when there was nothing to do. */
  count: number;
  /** The customer's serial after the change; null when nothing changed. */
  serial: string | null;
}

export class RequestRepository extends DomainRepository<Request> {
  /** The venue's open requests, each with its singer, oldest first. */
  async findOpen(venueId: string): Promise<Request[]> {
    if (!isUuid(venueId)) return [];
    const query = this.withSinger()
      .where('request.venueId = :venueId AND NOT request.processed', { venueId })
      .orderBy('request.requestedAt')
      .addOrderBy('request.id');
    // OpenKJ reads the queue after it has seen a new serial; a replica might still return the old queue.
    return (await onPrimary(() => rawAndEntities(query))).entities;
  }

  /**
   * The latest requests of all venues, each with its venue and its singer, newest first.
   *
   * @param limit The maximum number of requests, 1 to 500.
   * @throws InvalidCountError for a limit that is not valid
   */
  async findNewest(limit = 100): Promise<Request[]> {
    checkCount('limit', limit, { most: mostRequests });
    const query = this.withSinger()
      .innerJoinAndSelect('request.venue', 'venue')
      .orderBy('request.id', 'DESC')
      .limit(limit);
    return (await rawAndEntities(query)).entities;
  }

  /**
   * Writes a request, increments the customer's serial, and adds to the singer's history.
   *
   * @internal
   */
  async submit(submission: Submission): Promise<SubmissionOutcome> {
    const [row] = await this.query<Record<string, unknown>[]>(submit, [
      submission.venueId,
      submission.singerProfileId,
      submission.submittedByUserId,
      submission.artist,
      submission.title,
      submission.keyChange,
      submission.notes,
      submission.fingerprint,
    ]);
    const { accepting, has_singer, has_submitter, serial } = row as {
      accepting: boolean | null;
      has_singer: boolean;
      has_submitter: boolean;
      serial: string | null;
    };
    return {
      accepting,
      hasSinger: has_singer,
      hasSubmitter: has_submitter,
      submitted: serial === null ? null : { request: this.entityOf([row!])!, serial },
    };
  }

  /**
   * Marks a request as processed and increments the serial. Undefined when the venue has no such request.
   *
   * @internal
   */
  async markProcessed(venueId: string, requestId: string): Promise<QueueChange | undefined> {
    const [change] = await this.query<QueueChange[]>(markProcessed, [venueId, requestId]);
    return change;
  }

  /**
   * Deletes the venue's open requests and increments the serial. Undefined when the venue does not exist.
   *
   * @internal
   */
  async deleteOpen(venueId: string): Promise<QueueChange | undefined> {
    const [change] = await this.query<QueueChange[]>(deleteOpen, [venueId]);
    return change;
  }

  private withSinger(): SelectQueryBuilder<Request> {
    return this.createQueryBuilder('request').leftJoinAndSelect('request.singerProfile', 'singer');
  }
}
