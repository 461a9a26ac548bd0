import { Column, Entity, Index, PrimaryGeneratedColumn, Unique } from 'typeorm';
import { AuditLabel } from '../../../engine/decorators/audit-label.decorator.js';
import type { JsonObject } from '../../../engine/common/json.js';
import { Sensitive } from '../../../engine/decorators/sensitive.decorator.js';
import { emailKeyOf } from '../../../engine/common/email-key.js';
import { Personal, PersonalRecord } from '../../../engine/decorators/personal.decorator.js';

/** A payload contains the customer in many places: by id, by e-mail address, or expanded. */
const textsOfPayload = (text: string) => `ARRAY(
  SELECT ${text} FROM (
    SELECT value #>> '{}' FROM jsonb_path_query(image->'payload', 'strict $.** ? (@.type() == "string")') AS value
  ) AS texts (text))`;

/**
 * An event that Stripe sent to the webhook. It is recorded once and processed once, even if Stripe sends it
 * several times.
 */
@PersonalRecord({
  namedBy: {
    'stripe customer': textsOfPayload('text'),
    address: textsOfPayload(emailKeyOf('text')),
  },
})
@AuditLabel({ label: 'Stripe event', plural: 'Stripe events', icon: '📨' })
@Entity('stripe_webhook_events')
@Unique('stripe_webhook_events_event_id_key', ['eventId'])
@Index('idx_stripe_webhook_events_pending', ['id'], { where: 'NOT processed' })
@Index('idx_stripe_webhook_events_processed', ['processedAt'], { where: 'processed' })
@Index('idx_stripe_webhook_events_type', ['eventType', 'id'])
export class StripeWebhookEvent {
  @PrimaryGeneratedColumn('increment', {
    type: 'integer',
    name: 'stripe_webhook_events_id',
    primaryKeyConstraintName: 'stripe_webhook_events_pkey',
  })
  id!: number;

  /** Stripe's id, `evt_…`. */
  @Column('text', { name: 'event_id' })
  eventId!: string;

  /** Stripe's event type, such as `customer.subscription.updated`. */
  @Column('text', { name: 'event_type' })
  eventType!: string;

  /** The event as Stripe sent it. */
  @Personal()
  @Column('jsonb')
  payload!: JsonObject;

  @Column('boolean', { default: false })
  processed!: boolean;

  @Column({ type: 'timestamptz', name: 'processed_at', precision: 6, nullable: true })
  processedAt!: Date | null;

  @Column({ type: 'timestamptz', name: 'received_at', precision: 6, default: () => 'now()' })
  receivedAt!: Date;

  /** False for an event of Stripe's test mode. */
  @Column('boolean', { default: false })
  livemode!: boolean;

  /** The error of the last failed attempt. */
  @Column('text', { name: 'error_message', nullable: true })
  errorMessage!: string | null;

  /** Stripe's id of the API request that caused the event, `req_…`. */
  @Column('text', { name: 'request_id', nullable: true })
  requestId!: string | null;

  /** The signing secret of the endpoint that received the event, `whsec_…`. */
  @Sensitive()
  @Column('text', { name: 'endpoint_secret', nullable: true })
  endpointSecret!: string | null;

  /** The number of failed attempts since the event was recorded, or since `retry()`. */
  @Column('integer', { nullable: true, default: 0 })
  attempts!: number | null;

  /** The time of the next attempt after a failure; null means that the event is due at once. */
  @Column({ type: 'timestamptz', name: 'next_attempt_at', precision: 6, nullable: true })
  nextAttemptAt!: Date | null;
}
