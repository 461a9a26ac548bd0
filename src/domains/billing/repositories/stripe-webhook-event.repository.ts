import { DomainRepository } from '../../common/domain.repository.js';
import { StripeWebhookEvent } from '../entities/stripe-webhook-event.entity.js';
import type { WebhookEventSelection, WebhookEventState } from '../stripe/webhook-event-page.js';

const conditions: Record<WebhookEventState, string> = {
  pending: 'NOT event.processed AND coalesce(event.attempts, 0) = 0',
  failed: 'NOT event.processed AND event.attempts > 0',
  processed: 'event.processed',
};

export class StripeWebhookEventRepository extends DomainRepository<StripeWebhookEvent> {
  /**
   * Inserts an event; null when it is already recorded. A conflict does not fail the statement.
   *
   * @internal
   */
  insertIfAbsent(event: Partial<StripeWebhookEvent>): Promise<StripeWebhookEvent | null> {
    return this.write(this.createQueryBuilder().insert().values(event).orIgnore());
  }

  /**
   * Locks up to `limit` due events until the transaction ends, oldest first. Skips events that are locked
   * by others. Uses `idx_stripe_webhook_events_pending`.
   *
   * @internal
   */
  claim(limit: number, maxAttempts: number): Promise<StripeWebhookEvent[]> {
    return this.createQueryBuilder('event')
      .where('NOT event.processed')
      .andWhere('coalesce(event.attempts, 0) < :maxAttempts', { maxAttempts })
      .andWhere('(event.nextAttemptAt IS NULL OR event.nextAttemptAt <= now())')
      .orderBy('event.id')
      .limit(limit)
      .setLock('pessimistic_write')
      .setOnLocked('skip_locked')
      .getMany();
  }

  /**
   * Finds the newest of the selected events, one more than the limit if there are so many.
   *
   * @internal
   */
  findNewest({ type, state, limit, before }: WebhookEventSelection): Promise<StripeWebhookEvent[]> {
    const query = this.createQueryBuilder('event')
      .orderBy('event.id', 'DESC')
      .limit(limit + 1);
    if (type !== undefined) query.andWhere('event.eventType = :type', { type });
    if (state !== undefined) query.andWhere(conditions[state]);
    if (before !== undefined) query.andWhere('event.id < :before', { before });
    return query.getMany();
  }

  /**
   * Deletes up to `limit` events that were processed longer than `age` ago, an SQL interval, and returns
   * their number. Uses `idx_stripe_webhook_events_processed`.
   *
   * @internal
   */
  async deleteProcessed(age: string, limit: number): Promise<number> {
    const old = this.createQueryBuilder('event')
      .select('event.id')
      .where(`event.processed AND event.processedAt <= now() - ${age}`)
      .orderBy('event.processedAt')
      .limit(limit)
      .setLock('pessimistic_write')
      .setOnLocked('skip_locked');
    const { affected } = await this.createQueryBuilder()
      .delete()
      .where(`stripe_webhook_events_id IN (${old.getQuery()})`)
      .execute();
    return affected ?? 0;
  }
}
