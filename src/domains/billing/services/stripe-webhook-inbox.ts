import { Inject, Injectable } from '@nestjs/common';
import { getDataSourceToken } from '@nestjs/typeorm';
import { MoreThan } from 'typeorm';
import { checkCount } from '../../../engine/common/check-count.js';
import { isStorable } from '../../../engine/common/check-texts.js';
import { fromNow, intervalOf } from '../../common/from-now.js';
import { purgeInBatches } from '../../common/purge-in-batches.js';
import { storableJson } from '../../../engine/common/storable-json.js';
import type { DatabaseDataSource } from '../../../engine/transaction/database.data-source.js';
import { onPrimary } from '../../../engine/connection/on-primary.js';
import { withDefaultActor } from '../../common/default-actor.js';
import { runInTransaction } from '../../../engine/transaction/run-in-transaction.js';
import { Transactional } from '../../../engine/transaction/transactional.decorator.js';
import type { StripeWebhookEvent } from '../entities/stripe-webhook-event.entity.js';
import {
  StripeObjectIncompleteError,
  WebhookEventNotFoundError,
  WebhookEventProcessedError,
} from '../errors.js';
import { StripeWebhookEventRepository } from '../repositories/stripe-webhook-event.repository.js';
import { stripeActor } from '../stripe/stripe-actor.js';
import type { StripeEvent } from '../stripe/stripe-objects.js';
import {
  checkedPage,
  type WebhookEventPage,
  type WebhookEventPageOptions,
} from '../stripe/webhook-event-page.js';

/** The default for `maxAttempts`. With the pauses below, the attempts take about half a day. */
const defaultMaxAttempts = 20;

/** The pause after the first failure, in milliseconds. It doubles with each further failure. */
const firstPause = 10_000;
const longestPause = 60 * 60 * 1000;

/**
 * The age at which processed events are pruned: 90 days, in milliseconds. Stripe sends an event again for up
 * to three days by itself, and for 30 days when somebody asks it to. One that is no longer recorded would
 * be processed a second time.
 */
const defaultAge = 90 * 24 * 60 * 60 * 1000;

/** The maximum length of a stored error message, in characters. */
const longestMessage = 2000;

/** Handles an event. It runs in the transaction that marks the event as processed. */
export type StripeEventHandler = (
  event: StripeEvent,
  recorded: StripeWebhookEvent,
) => Promise<unknown>;

export interface ProcessOptions {
  /** The maximum number of events to process. Default: 100. */
  limit?: number;
  /** Events that failed this many times are skipped until `retry()`. Default: 20. */
  maxAttempts?: number;
}

export interface PruneEventsOptions {
  /** The least time since an event was processed, in milliseconds. Default: 90 days. */
  olderThan?: number;
  /** Events per statement. Default: 1000. */
  batchSize?: number;
}

export interface ProcessReport {
  readonly processed: number;
  readonly failed: number;
}

/**
 * The inbox of Stripe's webhook. The webhook records each event and answers at once; a worker processes the
 * recorded events. An event is recorded once and processed once, even if Stripe sends it several times.
 */
@Injectable()
export class StripeWebhookInbox {
  constructor(
    @Inject(getDataSourceToken()) private readonly database: DatabaseDataSource,
    private readonly events: StripeWebhookEventRepository,
  ) {}

  /**
   * Records an event whose signature was verified. Returns whether it is new.
   *
   * Zero characters and unpaired surrogates are recorded as U+FFFD. PostgreSQL cannot store them, and
   * Stripe would send a rejected event again for days.
   *
   * @throws StripeObjectIncompleteError
   */
  async record(event: StripeEvent): Promise<boolean> {
    for (const field of ['id', 'type'] as const) {
      if (typeof event[field] !== 'string' || event[field] === '') {
        throw new StripeObjectIncompleteError('event', field);
      }
    }
    const payload = storableJson(event);
    const recorded = await withDefaultActor(stripeActor, () =>
      this.events.insertIfAbsent({
        eventId: payload.id,
        eventType: payload.type,
        payload: { ...payload },
        livemode: payload.livemode,
        requestId: payload.request?.id ?? null,
      }),
    );
    return recorded !== null;
  }

  /**
   * Processes the events that are due, oldest first. For a worker; several workers can run at the same
   * time.
   *
   * Each event is claimed, handled and marked in a transaction of its own, so the handler's writes and the
   * mark are committed together or not at all. When the handler throws, its writes are rolled back, the
   * error is stored, and the event is retried after a pause: ten seconds, doubled with each failure, up to
   * an hour. A lost connection and a failed commit have the same effect. Side effects outside the database,
   * such as e-mails, belong in `afterCommit()`.
   *
   * @throws InvalidCountError
   * @throws PoolTooSmallError in a transaction that holds the pool's only connection
   */
  async process(handler: StripeEventHandler, options: ProcessOptions = {}): Promise<ProcessReport> {
    const { limit, maxAttempts } = checkedOptions(options);
    const report = { processed: 0, failed: 0 };
    for (let count = 0; count < limit; count++) {
      const outcome = await withDefaultActor(stripeActor, () =>
        this.processNext(handler, maxAttempts),
      );
      if (outcome === undefined) break;
      report[outcome]++;
    }
    return report;
  }

  /**
   * Claims up to `limit` events that are due. Nobody else can claim them until the surrounding transaction
   * ends. For a worker with its own loop, which marks the processed events itself.
   *
   * @throws InvalidCountError
   * @throws TransactionRequiredError outside a transaction
   */
  @Transactional({ propagation: 'MANDATORY' })
  async claim(options: ProcessOptions = {}): Promise<StripeWebhookEvent[]> {
    const { limit, maxAttempts } = checkedOptions(options);
    return this.events.claim(limit, maxAttempts);
  }

  /**
   * Makes a failed event due at once, and resets its attempts.
   *
   * @throws WebhookEventNotFoundError
   * @throws WebhookEventProcessedError
   */
  async retry(eventId: string): Promise<void> {
    if (!isStorable(eventId)) throw new WebhookEventNotFoundError(eventId);
    const { affected } = await withDefaultActor(stripeActor, () =>
      this.events.update({ eventId, processed: false }, { attempts: 0, nextAttemptAt: null }),
    );
    if (affected === 1) return;
    const isRecorded = await onPrimary(() => this.events.existsBy({ eventId }));
    throw isRecorded
      ? new WebhookEventProcessedError(eventId)
      : new WebhookEventNotFoundError(eventId);
  }

  /**
   * Finds events that failed and are not processed yet, with their errors and attempts, oldest first.
   *
   * @throws InvalidCountError
   */
  async findFailed({ limit = 100 }: { limit?: number } = {}): Promise<StripeWebhookEvent[]> {
    checkCount('limit', limit);
    return this.events.find({
      where: { processed: false, attempts: MoreThan(0) },
      order: { id: 'ASC' },
      take: limit,
    });
  }

  /**
   * Reads a page of the recorded events, newest first. Pages neither skip nor repeat an event when others
   * are recorded in between.
   *
   * @throws InvalidCountError for a limit that is not valid
   * @throws InvalidWebhookEventPageError for a state or a cursor that is not valid
   * @throws MissingFilterError for a type or a state that is there and has no value
   */
  async page(options: WebhookEventPageOptions = {}): Promise<WebhookEventPage> {
    const selection = checkedPage(options);
    const { type, limit } = selection;
    if (type !== undefined && !isStorable(type)) return { events: [], nextCursor: null };
    const found = await this.events.findNewest(selection);
    const events = found.slice(0, limit);
    const isLast = found.length <= limit;
    return { events, nextCursor: isLast ? null : String(events.at(-1)!.id) };
  }

  /**
   * Deletes events that were processed long ago, in batches, and returns their number. For a scheduled job,
   * outside any transaction: then each batch commits separately and holds its locks briefly. Concurrent runs
   * share the work. Events that are not processed stay, however old they are.
   *
   * @throws InvalidLifetimeError when `olderThan` is not a length of time
   * @throws InvalidCountError
   */
  async pruneProcessed({
    olderThan = defaultAge,
    batchSize = 1000,
  }: PruneEventsOptions = {}): Promise<number> {
    const age = intervalOf(olderThan);
    return withDefaultActor({ name: 'prune webhook events' }, () =>
      purgeInBatches(batchSize, (limit) => this.events.deleteProcessed(age, limit)),
    );
  }

  private async processNext(
    handler: StripeEventHandler,
    maxAttempts: number,
  ): Promise<keyof ProcessReport | undefined> {
    let claimed: StripeWebhookEvent | undefined;
    try {
      return await runInTransaction(this.database, { propagation: 'REQUIRES_NEW' }, async () => {
        [claimed] = await this.events.claim(1, maxAttempts);
        return claimed && (await this.processClaimed(handler, claimed));
      });
    } catch (error) {
      if (claimed === undefined) throw error;
      // The transaction was rolled back, and the recorded failure with it. The failure is recorded in
      // another transaction. Otherwise the event would remain the oldest due one, and no other event would
      // ever be processed.
      const lost = claimed;
      await runInTransaction(this.database, { propagation: 'REQUIRES_NEW' }, () =>
        this.keepFailure(lost, error),
      );
      return 'failed';
    }
  }

  private async processClaimed(
    handler: StripeEventHandler,
    recorded: StripeWebhookEvent,
  ): Promise<keyof ProcessReport> {
    try {
      await this.handle(handler, recorded);
      await this.events.update(recorded.id, {
        processed: true,
        processedAt: () => 'now()',
        errorMessage: null,
      });
      return 'processed';
    } catch (error) {
      // If the transaction is aborted, this write fails too; the handler's error is the useful one.
      await this.keepFailure(recorded, error).catch(() => {
        throw error;
      });
      return 'failed';
    }
  }

  /** Runs the handler in a savepoint, so that a failure rolls back its writes and keeps the claim. */
  private handle(handler: StripeEventHandler, recorded: StripeWebhookEvent): Promise<unknown> {
    const event = recorded.payload as unknown as StripeEvent;
    return runInTransaction(this.database, { propagation: 'NESTED' }, () =>
      handler(event, recorded),
    );
  }

  private async keepFailure({ id, attempts }: StripeWebhookEvent, error: unknown): Promise<void> {
    const failures = (attempts ?? 0) + 1;
    const pause = Math.min(firstPause * 2 ** (failures - 1), longestPause);
    const message = error instanceof Error ? error.message : String(error);
    // The condition protects the result of another worker that has claimed the event after a rollback.
    await this.events.update(
      { id, processed: false },
      {
        // PostgreSQL text cannot contain a zero byte.
        errorMessage: message.replaceAll('\0', '').slice(0, longestMessage),
        attempts: failures,
        nextAttemptAt: fromNow(pause),
      },
    );
  }
}

function checkedOptions({
  limit = 100,
  maxAttempts = defaultMaxAttempts,
}: ProcessOptions): Required<ProcessOptions> {
  return {
    limit: checkCount('limit', limit),
    maxAttempts: checkCount('maxAttempts', maxAttempts),
  };
}
