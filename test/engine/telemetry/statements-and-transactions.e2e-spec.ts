import { SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import type { ReadableSpan } from '@opentelemetry/sdk-trace-node';
import {
  ATTR_DB_COLLECTION_NAME,
  ATTR_DB_NAMESPACE,
  ATTR_DB_OPERATION_NAME,
  ATTR_DB_QUERY_SUMMARY,
  ATTR_DB_QUERY_TEXT,
  ATTR_DB_RESPONSE_STATUS_CODE,
  ATTR_DB_SYSTEM_NAME,
  ATTR_ERROR_TYPE,
  ATTR_SERVER_ADDRESS,
  ATTR_SERVER_PORT,
  METRIC_DB_CLIENT_OPERATION_DURATION,
} from '@opentelemetry/semantic-conventions';
import { ActorContext, Role, annotate } from '@singr/database';
import type { Repository } from 'typeorm';
import { runInTransaction } from '../../../src/engine/transaction/run-in-transaction.js';
import { useDatabase } from '../../support/database.js';
import { failure, useScriptedApp } from '../../support/scripted-app.js';
import { useTelemetry } from '../../support/telemetry.js';

const telemetry = useTelemetry();
const database = useDatabase();
const app = useScriptedApp(database, { databaseOptions: { maintenance: false } });
const user = '458d68c1-aadb-4165-ae82-9cd85e6dd743';

let count = 0;
const slug = () => `role-${++count}`;
const insert = (roles: Repository<Role>, code = slug()) =>
  roles.insert({ slug: code, description: 'a secret', isSystem: false });

const names = (spans: readonly ReadableSpan[]) => spans.map(({ name }) => name);

function named(spans: readonly ReadableSpan[], name: string): ReadableSpan {
  const found = spans.filter((span) => span.name === name);
  if (found.length !== 1) throw new Error(`there are ${names(spans).join(', ')}`);
  return found[0]!;
}

describe('a statement', () => {
  it('has a span by the conventions', async () => {
    const { roles } = app.tools;
    telemetry.takeSpans();
    await roles.findOneBy({ slug: 'my secret' });
    const [span, ...others] = telemetry.takeSpans();
    const url = new URL(database.url);
    expect(others).toEqual([]);
    expect(span).toMatchObject({ name: 'SELECT roles', kind: SpanKind.CLIENT });
    expect(span!.attributes).toMatchObject({
      [ATTR_DB_SYSTEM_NAME]: 'postgresql',
      [ATTR_DB_NAMESPACE]: url.pathname.slice(1),
      [ATTR_DB_COLLECTION_NAME]: 'roles',
      [ATTR_DB_OPERATION_NAME]: 'SELECT',
      [ATTR_DB_QUERY_SUMMARY]: 'SELECT roles',
      [ATTR_DB_QUERY_TEXT]: expect.stringMatching(/^SELECT .* FROM "roles" .*\$1/),
      [ATTR_SERVER_ADDRESS]: url.hostname,
      [ATTR_SERVER_PORT]: Number(url.port),
    });
    expect(JSON.stringify(span!.attributes)).not.toContain('secret');
  });

  it('has no literal of its text in the span', async () => {
    await app.dataSource.query(`SELECT 'my secret' AS a, 4711 AS b`);
    const [span] = telemetry.takeSpans();
    expect(span!.attributes[ATTR_DB_QUERY_TEXT]).toBe('SELECT ? AS a, ? AS b');
  });

  it('that fails has its SQLSTATE, and no message', async () => {
    await failure(app.dataSource.query(`SELECT 'my secret'::integer`));
    const spans = telemetry.takeSpans();
    expect(names(spans)).toEqual(['SELECT']);
    expect(spans[0]!.attributes).toMatchObject({
      [ATTR_ERROR_TYPE]: '22P02',
      [ATTR_DB_RESPONSE_STATUS_CODE]: '22P02',
    });
    expect(spans[0]).toMatchObject({ status: { code: SpanStatusCode.ERROR }, events: [] });
    expect(spans[0]!.status.message).toBeUndefined();
    const failed = { [ATTR_ERROR_TYPE]: '22P02', [ATTR_DB_OPERATION_NAME]: 'SELECT' };
    expect(await telemetry.total(METRIC_DB_CLIENT_OPERATION_DURATION, failed)).toBe(1);
  });

  it('is a child of the span that is active', async () => {
    const outer = trace.getTracer('test').startActiveSpan('outer', async (span) => {
      await app.tools.roles.count();
      span.end();
      return span;
    });
    const { spanId } = (await outer).spanContext();
    expect(named(telemetry.takeSpans(), 'SELECT roles').parentSpanContext?.spanId).toBe(spanId);
  });

  it('is measured, with the bounds that the conventions advise', async () => {
    const [point] = await telemetry.points(METRIC_DB_CLIENT_OPERATION_DURATION, {
      [ATTR_DB_COLLECTION_NAME]: 'roles',
      [ATTR_DB_OPERATION_NAME]: 'SELECT',
      [ATTR_DB_SYSTEM_NAME]: 'postgresql',
    });
    const { buckets } = point!.value as { buckets: { boundaries: number[] } };
    expect(buckets.boundaries).toEqual([0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10]);
  });

  it('of a stream has a span that ends with the stream', async () => {
    const queryRunner = app.dataSource.createQueryRunner();
    const stream = await queryRunner.stream('SELECT generate_series(1, 3) AS i');
    expect(telemetry.takeSpans()).toEqual([]);
    for await (const row of stream) void row;
    await queryRunner.release();
    expect(names(telemetry.takeSpans())).toEqual(['SELECT']);
  });
});

it('the module measures the trail as well', async () => {
  expect(await telemetry.points('singr.db.audit.partitions_ahead')).toHaveLength(1);
});

describe('a write outside any transaction', () => {
  it('has one span, with the kind of its actor and nothing of its attribution', async () => {
    await ActorContext.run({ userId: user }, { reason: 'my secret' }, () =>
      insert(app.tools.roles, 'its-value'),
    );
    const [span, ...others] = telemetry.takeSpans();
    expect(others).toEqual([]);
    expect(span).toMatchObject({ name: 'INSERT roles', kind: SpanKind.CLIENT });
    expect(span!.attributes['singr.actor.kind']).toBe('user');
    expect(JSON.stringify(span!.attributes)).not.toMatch(/secret|its-value|458d68c1|set_config/);
  });

  it('counts as a transaction of one statement', async () => {
    const totals = async () => [
      await telemetry.total('singr.db.transactions', {
        'singr.transaction.outcome': 'committed',
        'singr.transaction.kind': 'statement',
      }),
      await telemetry.total('singr.db.transactions', {
        'singr.transaction.outcome': 'rolled_back',
        'singr.transaction.kind': 'statement',
      }),
    ];
    const before = await totals();
    await ActorContext.run({ name: 'test' }, async () => {
      await insert(app.tools.roles, 'twice');
      await failure(insert(app.tools.roles, 'twice'));
    });
    const after = await totals();
    expect(after.map((total, i) => total - before[i]!)).toEqual([1, 1]);
  });

  it('without an actor is counted, and one with an actor is not', async () => {
    const total = () =>
      telemetry.total('singr.db.unattributed_writes', { [ATTR_DB_COLLECTION_NAME]: 'roles' });
    const before = await total();
    await insert(app.tools.roles);
    await ActorContext.run({ name: 'test' }, () => insert(app.tools.roles));
    expect((await total()) - before).toBe(1);
  });
});

describe('a transaction', () => {
  it('has a span around its statements, with its outcome and its id in the trail', async () => {
    const code = slug();
    await app.succeed(
      'POST',
      async ({ roles, dataSource }) => {
        annotate({ reason: 'my secret' });
        await insert(roles, code);
        await dataSource.query('SELECT 1');
      },
      { user, headers: { 'x-request-id': 'request-4711' } },
    );
    const spans = telemetry.takeSpans();
    expect(names(spans)).toEqual(['transaction', 'INSERT roles', 'SELECT', 'COMMIT']);
    const [transaction, ...statements] = spans;
    const [entry] = await database.query<{ transaction_id: string; request_id: string }>(
      `SELECT transaction_id::text, request_id FROM audit_logs
       WHERE table_name = 'roles' AND new_data ->> 'slug' = $1`,
      [code],
    );
    expect(transaction).toMatchObject({ kind: SpanKind.INTERNAL });
    expect(transaction!.attributes).toMatchObject({
      [ATTR_DB_SYSTEM_NAME]: 'postgresql',
      'singr.actor.kind': 'user',
      'singr.request_id': entry!.request_id,
      'singr.transaction.id': entry!.transaction_id,
      'singr.transaction.outcome': 'committed',
      'singr.transaction.retries': 0,
      'singr.transaction.wait_time': expect.any(Number),
    });
    const { spanId } = transaction!.spanContext();
    expect(statements.map(({ parentSpanContext }) => parentSpanContext?.spanId)).toEqual(
      statements.map(() => spanId),
    );
    expect(JSON.stringify(spans.map(({ attributes }) => attributes))).not.toMatch(
      /secret|458d68c1/,
    );
  });

  it('that runs no statement has none', async () => {
    await app.succeed('POST', () => 'nothing', { user });
    expect(telemetry.takeSpans()).toEqual([]);
  });

  it('leaves statements below a span that the application began in it', async () => {
    await app.dataSource.transaction(async (manager) => {
      await manager.query('SELECT 1');
      await trace.getTracer('test').startActiveSpan('charge', async (span) => {
        await manager.query('SELECT 2, 3');
        span.end();
      });
    });
    const spans = telemetry.takeSpans();
    const charge = named(spans, 'charge');
    expect(
      spans.filter(
        ({ parentSpanContext }) => parentSpanContext?.spanId === charge.spanContext().spanId,
      ),
    ).toMatchObject([{ name: 'SELECT' }]);
  });

  it('that is rolled back says so, and why', async () => {
    await ActorContext.run({ name: 'test' }, () =>
      failure(
        app.dataSource.transaction(async (manager) => {
          await manager.query('SELECT 1');
          await manager.query('SELECT 1 / 0');
        }),
      ),
    );
    const transaction = named(telemetry.takeSpans(), 'transaction');
    expect(transaction).toMatchObject({ status: { code: SpanStatusCode.ERROR } });
    expect(transaction.attributes).toMatchObject({
      'singr.actor.kind': 'program',
      'singr.transaction.outcome': 'rolled_back',
      [ATTR_ERROR_TYPE]: '22012',
    });
  });

  it('that runs again has one span with its retries', async () => {
    let attempts = 0;
    const conflict = Object.assign(new Error('could not serialize access'), { code: '40001' });
    await runInTransaction(app.dataSource, { retries: 2 }, async (manager) => {
      await manager.query('SELECT 1');
      if (++attempts < 3) throw conflict;
    });
    const spans = telemetry.takeSpans().filter(({ name }) => name === 'transaction');
    expect(spans).toHaveLength(1);
    expect(spans[0]!.attributes).toMatchObject({
      'singr.transaction.outcome': 'committed',
      'singr.transaction.retries': 2,
    });
    expect(spans[0]!.events).toMatchObject([
      { name: 'retry', attributes: { [ATTR_ERROR_TYPE]: '40001' } },
      { name: 'retry' },
    ]);
    expect(await telemetry.total('singr.db.transaction.retries')).toBe(2);
  });

  it('of a query runner of the application has a span too', async () => {
    const queryRunner = app.dataSource.createQueryRunner();
    for (const end of ['commitTransaction', 'rollbackTransaction'] as const) {
      await queryRunner.startTransaction();
      await queryRunner.query('SELECT 1');
      await queryRunner[end]();
    }
    await queryRunner.startTransaction();
    await queryRunner.query('SELECT 1');
    await queryRunner.release();
    const transactions = telemetry.takeSpans().filter(({ name }) => name === 'transaction');
    expect(transactions.map(({ attributes }) => attributes['singr.transaction.outcome'])).toEqual([
      'committed',
      'rolled_back',
      'rolled_back',
    ]);
  });

  it('is counted by its outcome', async () => {
    const outcomes = (outcome: string) =>
      telemetry.total('singr.db.transactions', {
        'singr.transaction.outcome': outcome,
        'singr.transaction.kind': 'block',
      });
    const before = [await outcomes('committed'), await outcomes('rolled_back')];
    await app.dataSource.transaction((manager) => manager.query('SELECT 1'));
    await failure(
      app.dataSource.transaction(async (manager) => {
        await manager.query('SELECT 1');
        throw new Error('no');
      }),
    );
    const after = [await outcomes('committed'), await outcomes('rolled_back')];
    expect(after.map((total, i) => total - before[i]!)).toEqual([1, 1]);
  });
});
