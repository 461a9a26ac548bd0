import type { EntityManager, SelectQueryBuilder } from 'typeorm';
import { DomainRepository } from '../../common/domain.repository.js';
import { rawAndEntities } from '../../common/raw-and-entities.js';
import { moveSerialOf } from '../../common/serial.js';
import { checkWindow, type TimeWindow } from '../../common/time-window.js';
import { checkCount } from '../../../engine/common/check-count.js';
import { isUuid } from '../../../engine/common/uuid.js';
import { onPrimary } from '../../../engine/connection/on-primary.js';
import { User } from '../../identity/entities/user.entity.js';
import { Request } from '../entities/request.entity.js';
import { statisticsOfRequests, type RequestStatistics } from './request-statistics.js';
import { lockQueue, submit } from './submit-statement.js';

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
  /** Identifies the song in the queue and in the singer's history. */
  readonly fingerprint: string;
  readonly singerName: string | null;
  /** The number of open requests that the singer may have; null for no limit. */
  readonly mostOfSinger: number | null;
  /** The number of open requests that the venue may have; null for no limit. */
  readonly mostOfVenue: number | null;
  readonly refuseRepeats: boolean;
  /** Identifies the submission when it is retried. */
  readonly submissionKey: string | null;
}

/** The outcome of a submission. */
export interface SubmissionOutcome {
  /** Null when the venue does not exist. */
  readonly accepting: boolean | null;
  readonly hasSinger: boolean;
  readonly hasSubmitter: boolean;
  /** The numbers of open requests before this one: of the singer, of the venue, and for the same song. */
  readonly open: { readonly ofSinger: number; readonly ofVenue: number; readonly ofSong: number };
  /**
   * The request and the customer's serial, and whether an earlier submission with the same key has added it; null
   * when the submission was refused.
   */
  readonly submitted: { request: QueuedRequest; serial: number; replayed: boolean } | null;
}

/** A request with the name that the host calls up. */
export interface QueuedRequest extends Request {
  /**
   * The request's own `singerName`, else the nickname of the singer's profile, else the display name of the
   * singer's user or, without a profile, of the user who sent the request. Null if there is none of these.
   */
  nameToCall: string | null;
}

const markProcessed = `
  WITH changed AS (
    UPDATE requests r SET processed = true, processed_at = now() FROM venues v
    WHERE r.requests_id = $2 AND r.venues_id = $1 AND NOT r.processed
      AND v.venues_id = r.venues_id
    RETURNING v.customer_profiles_id
  ), moved AS (${moveSerialOf('changed')})
  SELECT (SELECT count(*)::int FROM changed) AS count, (SELECT serial FROM moved) AS serial
  FROM requests WHERE requests_id = $2 AND venues_id = $1`;

const reopen = `
  WITH changed AS (
    UPDATE requests r SET processed = false, processed_at = NULL FROM venues v
    WHERE r.requests_id = $2 AND r.venues_id = $1 AND r.processed AND v.venues_id = r.venues_id
    RETURNING v.customer_profiles_id
  ), moved AS (${moveSerialOf('changed')})
  SELECT (SELECT count(*)::int FROM changed) AS count, (SELECT serial FROM moved) AS serial
  FROM requests WHERE requests_id = $2 AND venues_id = $1`;

const deleteOne = `
  WITH changed AS (
    DELETE FROM requests r USING venues v
    WHERE r.requests_id = $2 AND r.venues_id = $1 AND NOT r.processed AND v.venues_id = r.venues_id
    RETURNING v.customer_profiles_id
  ), moved AS (${moveSerialOf('changed')})
  SELECT (SELECT count(*)::int FROM changed) AS count, (SELECT serial FROM moved) AS serial`;

const deleteOpen = `
  WITH changed AS (
    DELETE FROM requests r USING venues v
    WHERE r.venues_id = $1 AND NOT r.processed AND v.venues_id = r.venues_id
    RETURNING v.customer_profiles_id
  ), moved AS (${moveSerialOf('changed')})
  SELECT (SELECT count(*)::int FROM changed) AS count, (SELECT serial FROM moved) AS serial
  FROM venues WHERE venues_id = $1`;

/** The outcome of a change of a venue's queue. */
export interface QueueChange {
  /** The number of requests that changed; 0 when there was nothing to do. */
  count: number;
  /** The customer's serial after the change, as OpenKJ is told it; null when nothing changed. */
  serial: number | null;
}

interface InsertedRow {
  accepting: boolean | null;
  has_singer: boolean;
  has_submitter: boolean;
  of_singer: number;
  of_venue: number;
  of_song: number;
  name_to_call: string | null;
  serial: number | null;
  /** Null when there is no request. */
  replayed: boolean | null;
  /** Whether nothing spoke against the request. */
  allowed: boolean;
}

export class RequestRepository extends DomainRepository<Request> {
  /** The venue's open requests, each with its singer and the name to call up, oldest first. */
  async findOpen(venueId: string): Promise<QueuedRequest[]> {
    if (!isUuid(venueId)) return [];
    const query = this.withSinger()
      .leftJoin(User, 'user', 'user.id = coalesce(singer.userId, request.submittedByUserId)')
      .addSelect(
        `coalesce(request.singerName, nullif(btrim(singer.nickname), ''), nullif(btrim(user.displayName), ''))`,
        'name_to_call',
      )
      .where('request.venueId = :venueId AND NOT request.processed', { venueId })
      .orderBy('request.requestedAt')
      .addOrderBy('request.id');
    // OpenKJ reads the queue after it has seen a new serial; a replica might still return the old queue.
    const { entities, raw } = await onPrimary(() =>
      rawAndEntities<Request, { name_to_call: string | null }>(query),
    );
    return entities.map((request, index) =>
      Object.assign(request, { nameToCall: raw[index]!.name_to_call }),
    );
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
   * Counts a venue's requests in a window of time, such as an evening. Requests that were removed or cleared
   * are deleted, and are not counted.
   *
   * @throws InvalidWindowError
   */
  async statistics(venueId: string, window: TimeWindow): Promise<RequestStatistics> {
    const { from, to } = checkWindow(window);
    const [counted] = await this.read<RequestStatistics>(statisticsOfRequests, [
      isUuid(venueId) ? venueId : null,
      from,
      to,
    ]);
    return counted!;
  }

  /**
   * Writes a request, increments the customer's serial, and adds to the singer's history.
   *
   * With a limit, a separate statement takes a lock first. A statement that waits for a lock does not see
   * rows that others commit meanwhile, so it would count too few requests.
   *
   * @internal
   */
  submit(submission: Submission): Promise<SubmissionOutcome> {
    return this.forAnyone(() => this.submitToQueue(submission));
  }

  private submitToQueue(submission: Submission): Promise<SubmissionOutcome> {
    const { mostOfSinger, mostOfVenue, refuseRepeats } = submission;
    if (mostOfSinger === null && mostOfVenue === null && !refuseRepeats) {
      return this.insertRequest(this.manager, submission);
    }
    return this.manager.transaction(async (manager) => {
      await manager.query(lockQueue, [submission.venueId]);
      return this.insertRequest(manager, submission);
    });
  }

  private async insertRequest(
    manager: EntityManager,
    submission: Submission,
  ): Promise<SubmissionOutcome> {
    const [row] = await manager.query<[Record<string, unknown> & InsertedRow]>(submit, [
      submission.venueId,
      submission.singerProfileId,
      submission.submittedByUserId,
      submission.artist,
      submission.title,
      submission.keyChange,
      submission.notes,
      submission.fingerprint,
      submission.singerName,
      submission.mostOfSinger,
      submission.mostOfVenue,
      submission.refuseRepeats,
      submission.submissionKey,
    ]);
    const { accepting, has_singer, has_submitter, serial, name_to_call, replayed } = row;
    // Another transaction has added the request meanwhile, which the next statement sees.
    if (serial === null && row.allowed) return this.insertRequest(manager, submission);
    const request = serial === null ? null : this.entityOf([row])!;
    return {
      accepting,
      hasSinger: has_singer,
      hasSubmitter: has_submitter,
      open: { ofSinger: row.of_singer, ofVenue: row.of_venue, ofSong: row.of_song },
      submitted: request && {
        request: Object.assign(request, { nameToCall: name_to_call }),
        serial: serial!,
        replayed: replayed!,
      },
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
   * Puts a processed request back into the queue and increments the serial. Undefined when the venue has no
   * such request.
   *
   * @internal
   */
  async reopen(venueId: string, requestId: string): Promise<QueueChange | undefined> {
    const [change] = await this.query<QueueChange[]>(reopen, [venueId, requestId]);
    return change;
  }

  /**
   * Deletes an open request and increments the serial.
   *
   * @internal
   */
  async deleteOne(venueId: string, requestId: string): Promise<QueueChange> {
    const [change] = await this.query<[QueueChange]>(deleteOne, [venueId, requestId]);
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
