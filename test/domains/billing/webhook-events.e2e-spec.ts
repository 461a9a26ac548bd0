import {
  AuditLog,
  StripeWebhookEvent,
  StripeWebhookInbox,
  type WebhookEventPageOptions,
  type WebhookEventState,
} from '@singr/database';
import { describeOnServer, useDatabase } from '../../support/database.js';
import { atOnce, useServices } from '../../support/identity-services.js';
import { event, product } from './stripe.js';

const database = useDatabase();
const services = useServices(database);
const inbox = () => services.get(StripeWebhookInbox);
const manager = () => services.dataSource.manager;

const day = 24 * 60 * 60 * 1000;

beforeEach(() => database.query('DELETE FROM stripe_webhook_events'));

/** Records an event of each type, and returns their ids in Stripe. */
async function record(...types: string[]): Promise<string[]> {
  const sent = types.map((type) => event(type, product()));
  for (const one of sent) await inbox().record(one);
  return sent.map(({ id }) => id);
}

/** Records events that were processed this many days ago. */
async function processed(count: number, daysAgo: number): Promise<void> {
  await database.query(
    `INSERT INTO stripe_webhook_events (event_id, event_type, payload, processed, processed_at)
     SELECT 'evt_' || gen_random_uuid(), 'product.created', '{}', true,
       now() - $2 * interval '1 day'
     FROM generate_series(1, $1)`,
    [count, daysAgo],
  );
}

describe('recorded events', () => {
  const ids = async (options?: WebhookEventPageOptions) =>
    (await inbox().page(options)).events.map(({ eventId }) => eventId);

  it('are listed newest first, by type and by state', async () => {
    const [done, failed, other, pending] = await record(
      'product.created',
      'product.updated',
      'price.created',
      'product.updated',
    );
    await inbox().process(async () => undefined, { limit: 1 });
    await inbox().process(() => Promise.reject(new Error('not today')), { limit: 1 });
    expect(await ids()).toEqual([pending, other, failed, done]);
    expect(await ids({ type: 'product.updated' })).toEqual([pending, failed]);
    expect(await ids({ state: 'processed' })).toEqual([done]);
    expect(await ids({ state: 'failed' })).toEqual([failed]);
    expect(await ids({ state: 'pending' })).toEqual([pending, other]);
    expect(await ids({ state: 'pending', type: 'price.created' })).toEqual([other]);
    expect(await ids({ type: 'no\0such' })).toEqual([]);
  });

  it('that failed are pending again after retry()', async () => {
    const [failed] = await record('product.created');
    await inbox().process(() => Promise.reject(new Error('not today')));
    await inbox().retry(failed!);
    expect(await ids({ state: 'failed' })).toEqual([]);
    expect(await ids({ state: 'pending' })).toEqual([failed]);
  });

  it('are returned in pages that neither skip nor repeat any', async () => {
    const sent = await record(...Array<string>(5).fill('product.created'));
    const first = await inbox().page({ limit: 2 });
    await record('product.created');
    const second = await inbox().page({ limit: 2, cursor: first.nextCursor! });
    const third = await inbox().page({ limit: 2, cursor: second.nextCursor! });
    const paged = [first, second, third].flatMap(({ events }) => events);
    expect(paged.map(({ eventId }) => eventId)).toEqual(sent.toReversed());
    expect(third.nextCursor).toBeNull();
    const whole = await inbox().page({ limit: 6 });
    expect(whole.nextCursor).toBeNull();
  });

  it.each<[object, string]>([
    [{ limit: 0 }, 'INVALID_COUNT'],
    [{ limit: 501 }, 'INVALID_COUNT'],
    [{ cursor: 'x' }, 'INVALID_WEBHOOK_EVENT_PAGE'],
    [{ cursor: '9999999999' }, 'INVALID_WEBHOOK_EVENT_PAGE'],
    [{ state: 'lost' as WebhookEventState }, 'INVALID_WEBHOOK_EVENT_PAGE'],
    [{ state: undefined }, 'MISSING_FILTER'],
    [{ type: undefined }, 'MISSING_FILTER'],
  ])('are not listed by %o', async (options, code) => {
    await expect(inbox().page(options)).rejects.toMatchObject({ code });
  });
});

describe('pruning', () => {
  it('deletes only events that were processed long ago', async () => {
    await processed(25, 91);
    await processed(3, 89);
    const [pending] = await record('product.created');
    await database.query(
      `UPDATE stripe_webhook_events SET received_at = now() - interval '1 year' WHERE event_id = $1`,
      [pending],
    );
    await expect(inbox().pruneProcessed({ batchSize: 10 })).resolves.toBe(25);
    await expect(inbox().pruneProcessed({ batchSize: 10 })).resolves.toBe(0);
    await expect(manager().count(StripeWebhookEvent)).resolves.toBe(4);
    await expect(
      manager().countBy(AuditLog, { operation: 'DELETE', actorName: 'prune webhook events' }),
    ).resolves.toBe(25);
  });

  it('uses the given age', async () => {
    await processed(2, 40);
    await expect(inbox().pruneProcessed({ olderThan: 41 * day })).resolves.toBe(0);
    await expect(inbox().pruneProcessed({ olderThan: 39 * day })).resolves.toBe(2);
  });

  it.each([
    [{ olderThan: 0 }, 'INVALID_LIFETIME'],
    [{ olderThan: NaN }, 'INVALID_LIFETIME'],
    [{ batchSize: 0 }, 'INVALID_COUNT'],
  ])('refuses %o', async (options, code) => {
    await processed(1, 1000);
    await expect(inbox().pruneProcessed(options)).rejects.toMatchObject({ code });
    await expect(manager().count(StripeWebhookEvent)).resolves.toBe(1);
  });

  describeOnServer('concurrently', () => {
    it('shares the work', async () => {
      await processed(200, 100);
      const counts = await Promise.all(atOnce(4, () => inbox().pruneProcessed({ batchSize: 10 })));
      expect(counts.reduce((sum, count) => sum + count)).toBe(200);
    });
  });
});
