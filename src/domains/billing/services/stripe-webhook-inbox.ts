import { Inject, Injectable } from '@nestjs/common';
import { getDataSourceToken } from '@nestjs/typeorm';
import { MoreThan } from 'typeorm';
import { checkCount } from '../../../engine/common/check-count.js';
import { isStorable } from '../../../engine/common/check-texts.js';
import { fromNow } from '../../common/from-now.js';
import { storableJson } from '../../../engine/common/storable-json.js';
import type { DatabaseDataSource } from '../../../engine/connection/database.data-source.js';
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

/** How many failures an event may have: with the pauses below, about half a day. */
const defaultMaxAttempts = 20;

/** The pause after the first failure, in milliseconds; each next is twice as long. */
const firstPause = 10_000;
const longestPause = 60 * 60 * 1000;

/** How much of an error's message is kept, in characters. */
const longestMessage = 2000;

/** Does what an event is about. It runs in the transaction that marks the event as processed. */
export type StripeEventHandler = (
  event: StripeEvent,
  recorded: StripeWebhookEvent,
) => Promise<unknown>;

export interface ProcessOptions {
  /** How many events to process at most. Default: 100. */
  limit?: number;
  /** Events that have failed as often are left alone until `retry()`. Default: 20. */
  maxAttempts?: number;
}

export interface ProcessReport {
  readonly processed: number;
  readonly failed: number;
}

/**
 * The inbox of Stripe's webhook. The webhook records each event and answers at once; a worker processes
 * what was recorded. However often Stripe sends an event, it is recorded once and processed once.
 */
@Injectable()
export class StripeWebhookInbox {
  constructor(
    @Inject(getDataSourceToken()) private readonly database: DatabaseDataSource,
    private readonly events: StripeWebhookEventRepository,
  ) {}

  /**
   * Records an event whose signature was verified. Says whether it is new.
   *
   * Zero characters and halves of surrogate pairs are recorded as U+FFFD: what cannot be stored cannot be
   * processed either, and Stripe would send it again for days.
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
   * Processes events that are due, oldest first. For a worker; several at once share the events.
   *
   * Each event has a transaction of its own, in which it is claimed, handled and marked: what the
   * handler wrote and the mark are there together or not at all. When the handler throws, what it wrote
   * is undone, the error is kept, and the event waits: ten seconds, then twice as long each time, an
   * hour at most. So it does when the connection is lost or the transaction does not commit. The handler's
   * effects on others (an e-mail, a call) belong in `afterCommit()`.
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
   * Claims up to `limit` events that are due: nobody else gets them until the transaction around ends.
   * For a worker with a loop of its own, which marks what it processed.
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
   * Lets an event that failed be processed again at once, and as often as a new one.
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
   * Events that failed and are not processed yet, with their errors and attempts; oldest first.
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
      // The transaction is lost, and what it kept with it. Unless that is kept in another one, the event
      // stays the oldest that is due, and no other is ever processed.
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
      // Where the transaction is lost, the handler's error says more than that this one failed too.
      await this.keepFailure(recorded, error).catch(() => {
        throw error;
      });
      return 'failed';
    }
  }

  /** In a savepoint, so that a failure undoes the handler's part and leaves the claim. */
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
    // Not over what another worker, to whom a lost claim went, has done meanwhile.
    await this.events.update(
      { id, processed: false },
      {
        // PostgreSQL has no text with a zero byte.
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
