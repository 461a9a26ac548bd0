import {
  afterCommit,
  AuditLog,
  Role,
  StripeMirrorService,
  StripeProduct,
  StripeWebhookEvent,
  StripeWebhookInbox,
  type StripeEvent,
} from '@singr/database';
import { describeOnServer, useDatabase } from '../../support/database.js';
import { atOnce, useServices } from '../../support/identity-services.js';
import { event, product } from './stripe.js';

const database = useDatabase();
const services = useServices(database);
const inbox = () => services.get(StripeWebhookInbox);
const manager = () => services.dataSource.manager;

beforeEach(() => database.query('DELETE FROM stripe_webhook_events'));

function rowOf({ id }: StripeEvent): Promise<StripeWebhookEvent> {
  return manager().findOneByOrFail(StripeWebhookEvent, { eventId: id });
}

/** Makes failed events due, as if the time of the next attempt had come. */
async function comeDue(): Promise<void> {
  await database.query(
    `UPDATE stripe_webhook_events SET next_attempt_at = now() - interval '1 second'
     WHERE next_attempt_at IS NOT NULL`,
  );
}

async function recorded(count: number): Promise<StripeEvent[]> {
  const events = Array.from({ length: count }, () => event('product.created', product()));
  for (const one of events) await inbox().record(one);
  return events;
}

const fail = () => Promise.reject(new Error('not\0 today'));

it('records an event once', async () => {
  const sent = event('product.created', product());
  await expect(inbox().record(sent)).resolves.toBe(true);
  await expect(inbox().record(sent)).resolves.toBe(false);
  const row = await rowOf(sent);
  expect(row).toMatchObject({
    eventType: 'product.created',
    payload: sent,
    processed: false,
    attempts: 0,
    requestId: 'req_1',
    endpointSecret: null,
  });
  const entries = await manager().findBy(AuditLog, {
    tableName: 'stripe_webhook_events',
    recordId: String(row.id),
  });
  expect(entries).toMatchObject([{ operation: 'INSERT', actorName: 'stripe' }]);
  await expect(inbox().record({ ...sent, id: '' })).rejects.toMatchObject({
    code: 'STRIPE_OBJECT_INCOMPLETE',
  });
});

it('records characters that jsonb cannot store as U+FFFD', async () => {
  const metadata = { 'a\0': 'zero \0, half \ud83d, whole \u{1f3a4}, written \\u0000' };
  const sent = event('product.created', product({ metadata }));
  await expect(inbox().record(sent)).resolves.toBe(true);
  const { payload } = await rowOf(sent);
  expect(payload).toMatchObject({
    data: {
      object: {
        metadata: { 'a\ufffd': 'zero \ufffd, half \ufffd, whole \u{1f3a4}, written \\u0000' },
      },
    },
  });
});

it('processes each event once, oldest first', async () => {
  const events = await recorded(3);
  const seen: string[] = [];
  const handler = async ({ id }: StripeEvent) => {
    seen.push(id);
  };
  await expect(inbox().process(handler, { limit: 2 })).resolves.toEqual({
    processed: 2,
    failed: 0,
  });
  await expect(inbox().process(handler)).resolves.toEqual({ processed: 1, failed: 0 });
  await expect(inbox().process(handler)).resolves.toEqual({ processed: 0, failed: 0 });
  expect(seen).toEqual(events.map(({ id }) => id));
  const row = await rowOf(events[0]!);
  expect(row.processed).toBe(true);
  expect(row.processedAt).toBeInstanceOf(Date);
});

it('updates the mirrors', async () => {
  const [sent] = await recorded(1);
  await inbox().process((one) => services.get(StripeMirrorService).apply(one));
  const { id } = sent!.data.object as { id: string };
  await expect(manager().findOneByOrFail(StripeProduct, { id })).resolves.toMatchObject({
    name: 'Karaoke Pro',
  });
});

it('rolls back a failed handler, stores the error and the attempts, and waits', async () => {
  const [sent] = await recorded(1);
  const effect = jest.fn();
  const handler = async () => {
    await services.dataSource.getRepository(Role).insert({ slug: 'half-done' });
    await afterCommit(effect);
    return fail();
  };
  await expect(inbox().process(handler)).resolves.toEqual({ processed: 0, failed: 1 });
  const row = await rowOf(sent!);
  expect(row).toMatchObject({ processed: false, errorMessage: 'not today', attempts: 1 });
  const wait = row.nextAttemptAt!.getTime() - Date.now();
  expect(wait).toBeGreaterThan(0);
  expect(wait).toBeLessThanOrEqual(10_000);
  await expect(manager().countBy(Role, { slug: 'half-done' })).resolves.toBe(0);
  expect(effect).not.toHaveBeenCalled();

  await expect(inbox().process(handler)).resolves.toEqual({ processed: 0, failed: 0 });
  await comeDue();
  await inbox().process(handler);
  await expect(inbox().findFailed()).resolves.toMatchObject([{ eventId: sent!.id, attempts: 2 }]);
  await comeDue();
  await expect(inbox().process(async () => undefined)).resolves.toEqual({
    processed: 1,
    failed: 0,
  });
  await expect(rowOf(sent!)).resolves.toMatchObject({
    processed: true,
    errorMessage: null,
    attempts: 2,
  });
});

it('keeps the claim when a statement of the handler fails', async () => {
  const [sent] = await recorded(1);
  await inbox().process(() => services.dataSource.query('SELECT 1 / 0'));
  await expect(rowOf(sent!)).resolves.toMatchObject({
    processed: false,
    attempts: 1,
    errorMessage: expect.stringContaining('division by zero'),
  });
});

it('does not count a handler as failed that caught a failed statement', async () => {
  const [sent] = await recorded(1);
  await inbox().process(() => services.dataSource.query('SELECT 1 / 0').catch(() => undefined));
  await expect(rowOf(sent!)).resolves.toMatchObject({ processed: false, attempts: 1 });
});

it('continues with other events after a failure', async () => {
  const [first] = await recorded(3);
  const report = await inbox().process(({ id }) => (id === first!.id ? fail() : Promise.resolve()));
  expect(report).toEqual({ processed: 2, failed: 1 });
});

it('skips an event after the maximum attempts, until retry()', async () => {
  const [sent] = await recorded(1);
  for (let attempt = 0; attempt < 3; attempt++) {
    await inbox().process(fail, { maxAttempts: 2 });
    await comeDue();
  }
  await expect(rowOf(sent!)).resolves.toMatchObject({ attempts: 2 });
  await inbox().retry(sent!.id);
  await expect(rowOf(sent!)).resolves.toMatchObject({ attempts: 0, nextAttemptAt: null });
  await expect(inbox().process(async () => undefined)).resolves.toMatchObject({ processed: 1 });
  await expect(inbox().retry(sent!.id)).rejects.toMatchObject({ code: 'WEBHOOK_EVENT_PROCESSED' });
  await expect(inbox().retry('evt_none')).rejects.toMatchObject({
    code: 'WEBHOOK_EVENT_NOT_FOUND',
  });
});

it('claims events only in a transaction', async () => {
  await expect(inbox().claim()).rejects.toMatchObject({ code: 'TRANSACTION_REQUIRED' });
});

it.each([0, -1, 1.5, Number.NaN, Infinity])('refuses to process %d events', async (count) => {
  const refused = { code: 'INVALID_COUNT' };
  for (const options of [{ limit: count }, { maxAttempts: count }]) {
    await expect(inbox().process(fail, options)).rejects.toMatchObject(refused);
    await expect(
      services.dataSource.transaction(() => inbox().claim(options)),
    ).rejects.toMatchObject(refused);
  }
  await expect(inbox().findFailed({ limit: count })).rejects.toMatchObject(refused);
});

describeOnServer('races', () => {
  it('only one of several deliveries of one event is new', async () => {
    const sent = event('product.created', product());
    const isNew = await Promise.all(atOnce(10, () => inbox().record(sent)));
    expect(isNew.filter(Boolean)).toHaveLength(1);
  });

  it('two concurrent claims get different events', async () => {
    await recorded(4);
    const claimed: number[][] = [];
    await Promise.all(
      atOnce(2, () =>
        services.dataSource.transaction(async () => {
          const events = await inbox().claim({ limit: 2 });
          claimed.push(events.map(({ id }) => id));
          // The other one claims while this transaction is open.
          while (claimed.length < 2) await new Promise((resolve) => setTimeout(resolve, 5));
        }),
      ),
    );
    expect(claimed.map((ids) => ids.length)).toEqual([2, 2]);
    expect(new Set(claimed.flat()).size).toBe(4);
  });

  it('several workers process each event once', async () => {
    const events = await recorded(30);
    const seen: string[] = [];
    const handler = async ({ id }: StripeEvent) => {
      seen.push(id);
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 5));
    };
    const reports = await Promise.all(atOnce(4, () => inbox().process(handler)));
    expect(reports.reduce((sum, { processed }) => sum + processed, 0)).toBe(30);
    expect([...seen].sort()).toEqual(events.map(({ id }) => id).sort());
  });

  it('an event whose handler loses the connection waits like other failed events', async () => {
    const [deadly, harmless] = await recorded(2);
    const handler = async ({ id }: StripeEvent) => {
      if (id !== deadly!.id) return;
      await services.dataSource.query('SELECT pg_terminate_backend(pg_backend_pid())');
    };
    await expect(inbox().process(handler)).resolves.toEqual({ processed: 1, failed: 1 });
    await expect(rowOf(harmless!)).resolves.toMatchObject({ processed: true });
    await expect(rowOf(deadly!)).resolves.toMatchObject({ processed: false, attempts: 1 });
    await comeDue();
    await inbox().process(handler);
    await expect(inbox().findFailed()).resolves.toMatchObject([
      { eventId: deadly!.id, attempts: 2, errorMessage: expect.stringMatching(/connection/i) },
    ]);
  });

  it('an event whose transaction does not commit waits too', async () => {
    const [first] = await recorded(2);
    await services.dataSource.query(`
      CREATE TABLE late (one int, CONSTRAINT only_one UNIQUE (one) DEFERRABLE INITIALLY DEFERRED)`);
    const report = await inbox().process(async ({ id }) => {
      if (id === first!.id) await services.dataSource.query('INSERT INTO late VALUES (1), (1)');
    });
    expect(report).toEqual({ processed: 1, failed: 1 });
    await expect(rowOf(first!)).resolves.toMatchObject({
      processed: false,
      attempts: 1,
      errorMessage: expect.stringContaining('only_one'),
    });
  });
});
