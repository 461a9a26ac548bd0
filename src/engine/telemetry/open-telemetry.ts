import type * as Api from '@opentelemetry/api';
import type {
  Attributes,
  Context,
  Counter,
  Histogram,
  Meter,
  Observable,
  Span,
  Tracer,
} from '@opentelemetry/api';
import { isInstrumented } from '../driver/instrumented.js';
import { summarize } from '../driver/statement-summary.js';
import { errorAttributes } from './error-attributes.js';
import type {
  Gauge,
  ObservedStatement,
  ObservedTransaction,
  Origin,
  Reading,
  Telemetry,
  TransactionOutcome,
} from './telemetry.js';

/** The upper bounds of durations, in seconds, that the conventions advise. */
const boundaries = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10];

/** What to show, and of which database. */
export interface Shown {
  readonly spans: boolean;
  readonly metrics: boolean;
  readonly queryText: boolean;
  /** The database and its schema, as `db.namespace`. */
  readonly namespace: string;
  /** The name of the pool of the primary. */
  readonly pool: string;
  /** Whether statements have the address of their server. The embedded engine has none. */
  readonly hasServer: boolean;
}

/** Shows the work of a data source with the API of OpenTelemetry. */
export class OpenTelemetry implements Telemetry {
  readonly tracer: Tracer | undefined;
  readonly base: Attributes;
  readonly transactions: Counter | undefined;
  readonly retries: Counter | undefined;
  private readonly meter: Meter | undefined;
  private readonly durations: Histogram | undefined;
  private readonly waits: Histogram | undefined;
  private readonly timeouts: Counter | undefined;
  private readonly unattributed: Counter | undefined;
  private readonly ofPool: Attributes;
  private readonly suppressed: symbol;

  constructor(
    readonly api: typeof Api,
    private readonly shown: Shown,
  ) {
    const name = '@singr/database';
    this.base = { 'db.system.name': 'postgresql', 'db.namespace': shown.namespace };
    this.ofPool = { 'db.client.connection.pool.name': shown.pool };
    if (shown.spans) this.tracer = api.trace.getTracer(name);
    // The SDK makes no span in a context with this key.
    this.suppressed = api.createContextKey('OpenTelemetry SDK Context Key SUPPRESS_TRACING');
    if (!shown.metrics) return;
    const meter = (this.meter = api.metrics.getMeter(name));
    this.durations = meter.createHistogram('db.client.operation.duration', {
      description: 'Duration of database client operations.',
      unit: 's',
      advice: { explicitBucketBoundaries: boundaries },
    });
    this.waits = meter.createHistogram('db.client.connection.wait_time', {
      description: 'The time it took to obtain an open connection from the pool.',
      unit: 's',
      advice: { explicitBucketBoundaries: boundaries },
    });
    this.timeouts = meter.createCounter('db.client.connection.timeouts', {
      description: 'The number of times that code got no connection of the pool.',
      unit: '{timeout}',
    });
    this.transactions = meter.createCounter('singr.db.transactions', {
      description: 'Transactions by outcome.',
      unit: '{transaction}',
    });
    this.retries = meter.createCounter('singr.db.transaction.retries', {
      description: 'Transactions that ran again after an error.',
      unit: '{retry}',
    });
    this.unattributed = meter.createCounter('singr.db.unattributed_writes', {
      description: 'Statements that wrote without an actor.',
      unit: '{statement}',
    });
  }

  async statement<T>(statement: ObservedStatement, send: () => Promise<T>): Promise<T> {
    // What instrumentation-pg shows is not shown again. Its spans belong to the transaction too.
    if (isInstrumented()) return await this.within(statement.transaction, send);
    if (this.isUnseen) return await send();
    const done = this.begin(statement);
    try {
      const result = await send();
      done();
      return result;
    } catch (error) {
      done(error);
      throw error;
    }
  }

  stream(statement: ObservedStatement): (error?: unknown) => void {
    return isInstrumented() || this.isUnseen ? () => undefined : this.begin(statement);
  }

  transaction(): ObservedTransaction {
    return new ShownTransaction(this);
  }

  loneTransaction(outcome: TransactionOutcome): void {
    this.count(outcome, 'statement');
  }

  /** Counts a transaction, of one statement or of a block of several. */
  count(outcome: TransactionOutcome, kind: 'statement' | 'block'): void {
    this.transactions?.add(1, {
      ...this.base,
      'singr.transaction.outcome': outcome,
      'singr.transaction.kind': kind,
    });
  }

  unattributedWrite(sql: string): void {
    const { table, operation } = summarize(sql);
    this.unattributed?.add(1, {
      ...this.base,
      'db.operation.name': operation,
      ...(table !== undefined && { 'db.collection.name': table }),
    });
  }

  waited(ms: number, failed: boolean): void {
    if (this.isUnseen) return;
    if (failed) this.timeouts?.add(1, this.ofPool);
    else this.waits?.record(ms / 1000, this.ofPool);
  }

  unseen<T>(work: () => T): T {
    const { context } = this.api;
    return context.with(context.active().setValue(this.suppressed, true), work);
  }

  observe(
    gauges: readonly Gauge[],
    read: () => readonly Reading[] | Promise<readonly Reading[]>,
  ): () => void {
    const { meter } = this;
    if (meter === undefined) return () => undefined;
    const instruments = new Map<Gauge, Observable>(
      gauges.map((gauge) => {
        const { name, unit, description } = gauge;
        const options = { unit, description };
        if (gauge.isCounter) return [gauge, meter.createObservableCounter(name, options)];
        return [
          gauge,
          gauge.isSum
            ? meter.createObservableUpDownCounter(name, options)
            : meter.createObservableGauge(name, options),
        ];
      }),
    );
    const observed = [...instruments.values()];
    const callback: Parameters<Meter['addBatchObservableCallback']>[0] = async (result) => {
      for (const { gauge, value, attributes } of await this.unseen(read)) {
        result.observe(instruments.get(gauge)!, value, { ...attributes });
      }
    };
    meter.addBatchObservableCallback(callback, observed);
    return () => meter.removeBatchObservableCallback(callback, observed);
  }

  private get isUnseen(): boolean {
    return this.api.context.active().getValue(this.suppressed) === true;
  }

  /** Starts the span of a statement. The returned function ends it. */
  private begin({
    sql,
    client,
    transaction,
    origin,
  }: ObservedStatement): (error?: unknown) => void {
    const startedAt = performance.now();
    const { summary, operation, table, text } = summarize(sql);
    const attributes: Attributes = { ...this.base, 'db.operation.name': operation };
    if (table !== undefined) attributes['db.collection.name'] = table;
    if (this.shown.hasServer) {
      attributes['server.address'] = client.address.host;
      attributes['server.port'] = client.address.port;
    }
    const span = this.tracer?.startSpan(
      summary,
      {
        kind: this.api.SpanKind.CLIENT,
        attributes: {
          ...attributes,
          'db.query.summary': summary,
          ...(this.shown.queryText && { 'db.query.text': text }),
          ...originAttributes(origin),
        },
      },
      this.contextFor(transaction),
    );
    let hasEnded = false;
    return (error) => {
      if (hasEnded) return;
      hasEnded = true;
      const failure = error === undefined ? undefined : errorAttributes(error);
      this.durations?.record((performance.now() - startedAt) / 1000, { ...attributes, ...failure });
      if (span === undefined) return;
      if (failure !== undefined) {
        span.setAttributes(failure);
        span.setStatus({ code: this.api.SpanStatusCode.ERROR });
      }
      span.end();
    };
  }

  /** Runs `work` where spans belong to a transaction. */
  private within<T>(transaction: ObservedTransaction | undefined, work: () => T): T {
    const context = this.contextFor(transaction);
    return context === this.api.context.active() ? work() : this.api.context.with(context, work);
  }

  /**
   * The context of a statement. In a transaction it is that of the transaction, unless the application has begun a
   * span of its own in it.
   */
  private contextFor(transaction: ObservedTransaction | undefined): Context {
    const active = this.api.context.active();
    return (transaction as ShownTransaction | undefined)?.contextIn(active) ?? active;
  }
}

/** A transaction with one span for all its attempts. */
class ShownTransaction implements ObservedTransaction {
  private readonly outer: Context;
  private readonly startedAt = performance.now();
  private inner: Context | undefined;
  private span: Span | undefined;
  private hasBegun = false;
  private hasEnded = false;
  private waitedMs = 0;
  private retries = 0;

  constructor(private readonly telemetry: OpenTelemetry) {
    this.outer = telemetry.api.context.active();
  }

  begin(origin: Origin, waitedMs: number): void {
    this.waitedMs += waitedMs;
    if (this.hasBegun) return;
    this.hasBegun = true;
    const { api, tracer, base } = this.telemetry;
    if (tracer === undefined) return;
    const elapsed = Math.min(waitedMs, performance.now() - this.startedAt);
    this.span = tracer.startSpan(
      'transaction',
      {
        kind: api.SpanKind.INTERNAL,
        startTime: Date.now() - elapsed,
        attributes: { ...base, ...originAttributes(origin) },
      },
      this.outer,
    );
    this.inner = api.trace.setSpan(this.outer, this.span);
  }

  retrying(error: unknown): void {
    this.retries++;
    const failure = errorAttributes(error);
    this.telemetry.retries?.add(1, { ...this.telemetry.base, ...failure });
    this.span?.addEvent('retry', failure);
  }

  ended(outcome: TransactionOutcome, error?: unknown, transactionId?: string): void {
    if (!this.hasBegun || this.hasEnded) return;
    this.hasEnded = true;
    this.telemetry.count(outcome, 'block');
    const { span } = this;
    if (span === undefined) return;
    span.setAttributes({
      'singr.transaction.outcome': outcome,
      'singr.transaction.retries': this.retries,
      'singr.transaction.wait_time': this.waitedMs / 1000,
      ...(transactionId !== undefined && { 'singr.transaction.id': transactionId }),
      ...(error !== undefined && errorAttributes(error)),
    });
    if (error !== undefined) span.setStatus({ code: this.telemetry.api.SpanStatusCode.ERROR });
    span.end();
  }

  /** Where its statements belong, for code in the context `active`. */
  contextIn(active: Context): Context | undefined {
    const { trace } = this.telemetry.api;
    if (this.inner === undefined || trace.getSpan(active) !== trace.getSpan(this.outer)) {
      return undefined;
    }
    const span = trace.getSpan(this.inner)!;
    return trace.setSpan(active, span);
  }
}

function originAttributes(origin: Origin | undefined): Attributes {
  if (origin === undefined) return {};
  const { actorKind, requestId } = origin;
  return {
    'singr.actor.kind': actorKind,
    ...(requestId !== undefined && { 'singr.request_id': requestId }),
  };
}
