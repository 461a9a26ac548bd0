import { DomainRepository } from '../../common/domain.repository.js';
import { StripeWebhookEvent } from '../entities/stripe-webhook-event.entity.js';

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
}
