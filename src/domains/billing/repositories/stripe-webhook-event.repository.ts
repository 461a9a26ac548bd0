import { DomainRepository } from '../../common/domain.repository.js';
import { StripeWebhookEvent } from '../entities/stripe-webhook-event.entity.js';

export class StripeWebhookEventRepository extends DomainRepository<StripeWebhookEvent> {
  /**
   * Inserts an event, unless it is there already: then null. No statement fails.
   *
   * @internal
   */
  insertIfAbsent(event: Partial<StripeWebhookEvent>): Promise<StripeWebhookEvent | null> {
    return this.write(this.createQueryBuilder().insert().values(event).orIgnore());
  }

  /**
   * Locks up to `limit` events that are due, until the transaction ends: oldest first, and past those
   * that somebody else has locked. Uses `idx_stripe_webhook_events_pending`.
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
