import { once } from 'node:events';
import type { Socket } from 'node:net';
import pg, { type Connection, type QueryConfig, type QueryResult, type Submittable } from 'pg';
import { bindContext, outsideContext } from '../common/context-storage.js';
import {
  BatchedQuery,
  leadStream,
  type AccompanyingStatement,
  type QueryCallback,
  type StreamedQuery,
} from './batched-query.js';
import { calledByClient, copyable, isInstrumented, isOfDriver } from './instrumented.js';
import { pathWith } from './search-path.js';
import { ServerClient } from './server.client.js';
import { mayAskForRows } from './statement-kinds.js';

/** Properties of the driver's client that its types leave out. */
interface DriverClient {
  /** Whether no query is running. */
  readyForQuery: boolean;
  /** Whether the connection is closed. */
  _ended: boolean;
  /** The running query. A stream has a cursor. */
  _getActiveQuery(): Submittable & { cursor?: { state: string } };
  readonly connection: { readonly stream: Socket };
  /** The id of the server process, as the server sent it when the connection was opened, if it did. */
  processID: number | null;
}

/**
 * The driver's client, with a way to send statements in one round trip with the next one. So neither BEGIN nor
 * the attribution needs a round trip of its own.
 */
export class DatabaseClient extends ServerClient {
  /** The id of the open transaction, if it has been asked for. */
  transactionId: string | undefined;
  /**
   * When the server started, as a text, if the session belongs to this connection. It tells whether another
   * server is at the address.
   */
  serverStart: string | undefined;
  /** The `statement_timeout` of the session outside transactions, in milliseconds; 0 for none. */
  sessionTimeout = 0;
  /** The `statement_timeout` of the running statement, in milliseconds; 0 for none or if it is not known. */
  statementTimeout = 0;
  private waiting: AccompanyingStatement[] = [];
  private waitingToFollow: AccompanyingStatement[] = [];
  private begins = false;

  // Events of a socket run in the context in which it was created. The pool creates it for the first caller,
  // whose context must not reach later users of the connection, or the listeners of LISTEN.
  override connect(...parameters: Parameters<ServerClient['connect']>): any {
    return outsideContext(() => super.connect(...parameters));
  }

  /**
   * Asks for dates in the ISO style, which the driver parses, whatever the default of role or database is.
   * PgBouncer accepts this start-up parameter, and refuses those that it does not know.
   */
  getStartupConf(): Record<string, string> {
    const driver = pg.Client.prototype as unknown as { getStartupConf(): Record<string, string> };
    return { ...driver.getStartupConf.call(this), datestyle: 'ISO, MDY' };
  }

  /**
   * Sets the other settings that the driver's parsers rely on, if the session belongs to this connection.
   * Behind PgBouncer each transaction may run in another session. There the process id is PgBouncer's own, so
   * that nothing is set.
   *
   * @param schema the first schema of the search path; undefined for that of the role or the database
   * @param limitMs the maximum in milliseconds; 0 for no limit
   * @throws Error when it takes longer, for example because the server stopped after the login
   */
  async settle(schema: string | undefined, limitMs: number): Promise<void> {
    const settings = [
      `set_config('extra_float_digits', '1', false)`,
      `set_config('intervalstyle', 'postgres', false)`,
      ...(schema === undefined ? [] : [pathWith('$2', false)]),
    ];
    const settled = settings.map((setting) => `CASE WHEN is_own THEN ${setting} END`);
    const result = await this.queryWithin<{ timeout: string; started: string | null }>(
      limitMs,
      `SELECT extract(epoch FROM current_setting('statement_timeout')::interval) * 1000 AS timeout,
              CASE WHEN is_own THEN pg_postmaster_start_time()::text END AS started, ${settled.join(', ')}
       FROM (SELECT pg_backend_pid() = $1 AS is_own) AS session`,
      [this.processId, ...(schema === undefined ? [] : [schema])],
    );
    const { timeout, started } = result.rows[0]!;
    this.sessionTimeout = Number(timeout);
    this.serverStart = started ?? undefined;
  }

  /**
   * Runs a statement, and closes the connection when the answer takes longer.
   *
   * @param limitMs in milliseconds; 0 for no limit
   */
  async queryWithin<Row extends object>(
    limitMs: number,
    text: string,
    values: unknown[] = [],
  ): Promise<QueryResult<Row>> {
    const giveUp = () => this.cut(new Error(`the server did not answer within ${limitMs} ms`));
    const timer = limitMs === 0 ? undefined : setTimeout(giveUp, limitMs);
    try {
      return (await this.query(text, values)) as QueryResult<Row>;
    } finally {
      clearTimeout(timer);
    }
  }

  /** Whether the connection is closed. */
  get hasEnded(): boolean {
    return this.driver._ended;
  }

  /** The id of the server process that a cancel request would name; null on the embedded engine. */
  get processId(): number | null {
    return this.driver.processID;
  }

  /** The address that the connection leads to; undefined for a Unix socket. */
  get remoteAddress(): string | undefined {
    return this.driver.connection.stream.remoteAddress;
  }

  /** The number of bytes that have come from the server. */
  get bytesReceived(): number {
    return this.driver.connection.stream.bytesRead;
  }

  /**
   * Whether the server has yet to answer. A stream asks for rows in batches, and its connection awaits nothing
   * while nobody reads it. Of other queries that bring their own code (COPY) nothing is known.
   */
  get awaitsAnswer(): boolean {
    if (this.isIdle) return false;
    const query = this.driver._getActiveQuery();
    if (isOfDriver(query)) return true;
    return /^(?:submitted|busy)$/.test(query?.cursor?.state ?? '');
  }

  /**
   * Sends a statement together with the next one, and before it. If it fails, the next one fails with its
   * error.
   */
  sendWithNext(statement: AccompanyingStatement): void {
    this.waiting.push(statement);
  }

  /**
   * Sends a statement together with the next one, and after it, if that one can be part of a batch. If it
   * fails, the next one fails with its error.
   */
  sendAfterNext(statement: AccompanyingStatement): void {
    this.waitingToFollow.push(statement);
  }

  /**
   * Sends a statement that begins a transaction with the next one. The transaction counts as open from now
   * on.
   */
  beginWithNext(text: string): void {
    this.begins = true;
    this.transactionId = undefined;
    this.sendWithNext({ text });
  }

  /**
   * Asks for the id of the open transaction with the next statement. The server gives it an id, as a write
   * would. A standby, where no transaction can have one, answers with null.
   */
  identifyWithNext(): void {
    this.sendWithNext({
      text: 'SELECT CASE WHEN NOT pg_catalog.pg_is_in_recovery() THEN pg_catalog.pg_current_xact_id() END',
      onRow: ([id]) => (this.transactionId = id ?? undefined),
    });
  }

  /** Whether the next statement will begin a transaction. */
  get isBeginning(): boolean {
    return this.begins && this.waiting.length > 0;
  }

  /** Whether no query is running. */
  get isIdle(): boolean {
    return this.driver.readyForQuery;
  }

  /**
   * Waits until no query is running. Then the driver has the current state of the transaction.
   *
   * @param patienceMs the maximum in milliseconds; 0 for no limit
   * @throws AbortError when it takes longer, for example because nobody reads a stream
   */
  async untilIdle(patienceMs: number): Promise<void> {
    if (this.isIdle) return;
    await once(this, 'drain', patienceMs === 0 ? {} : { signal: AbortSignal.timeout(patienceMs) });
  }

  override getTransactionStatus(): ReturnType<pg.Client['getTransactionStatus']> {
    return this.begins ? 'T' : super.getTransactionStatus();
  }

  // Covers the driver's overloads: a statement or a `Submittable`, with a callback or with a promise.
  override query(...given: any[]): any {
    const parameters: unknown[] = given.map(boundToSender);
    if (this.waiting.length + this.waitingToFollow.length === 0) return this.send(...parameters);
    const [first, second] = parameters;
    const statement = isSubmittable(first) ? undefined : batchable(first, second);
    const callback = parameters.find(isCallback);
    if (isSubmittable(first) && this.getTransactionStatus() === 'I') {
      leadStream(first, this.waiting);
      this.waiting = [];
      return this.send(...parameters);
    }
    if (isSubmittable(first) || callback !== undefined) {
      this.sendLed(statement, parameters, callback!);
      return isSubmittable(first) ? first : undefined;
    }
    return new Promise<QueryResult>((resolve, reject) => {
      const settle: QueryCallback = (error, result) =>
        error === null ? resolve(result) : reject(error);
      this.sendLed(statement, [...parameters, settle], settle);
    });
  }

  /** Sends the waiting statements with a statement: in one batch with it, if it can be part of a batch. */
  private sendLed(
    statement: QueryConfig | undefined,
    parameters: unknown[],
    callback: QueryCallback,
  ): void {
    const [lead, trail] = [this.waiting, this.waitingToFollow];
    this.waiting = [];
    this.waitingToFollow = [];
    if (statement === undefined) return this.sendBehind(lead, parameters);
    this.sendQuery(new BatchedQuery(lead, statement, trail, this.afterBegin(callback)));
  }

  /** Sends the waiting statements as a batch, and after it a statement that cannot be part of one. */
  private sendBehind(lead: readonly AccompanyingStatement[], parameters: unknown[]): void {
    if (lead.length === 0) return void this.send(...parameters);
    let failure: Error | null = null;
    const { text, values = [] } = lead.at(-1)!;
    const last = { text, values: [...values] };
    const remember = this.afterBegin((error) => (failure = error));
    this.sendQuery(new BatchedQuery(lead.slice(0, -1), last, [], remember));

    const [first, ...others] = parameters;
    const query = isSubmittable(first) ? first : new pg.Query(...(parameters as [string]));
    const submit: (connection: Connection) => unknown = query.submit.bind(query);
    // The driver takes the return value of `submit` for the error of the query.
    query.submit = (connection) => failure ?? submit(connection);
    this.sendQuery(query, ...(isSubmittable(first) ? others : []));
  }

  private sendQuery(query: Submittable, ...others: unknown[]): void {
    this.send(isInstrumented() ? copyable(query) : query, ...others);
  }

  /** Wraps a callback: when the answer comes, the transaction status of the server is right again. */
  private afterBegin(callback: QueryCallback): QueryCallback {
    return (error, result) => {
      this.begins = false;
      callback(error, result);
    };
  }

  private send(...parameters: unknown[]): unknown {
    return super.query(...(parameters as [string]));
  }

  private get driver(): DriverClient {
    return this as unknown as DriverClient;
  }
}

/**
 * Returns the statement if it can be part of a batch. The driver parses a named statement only once, so that it
 * cannot.
 */
function batchable(first: unknown, second?: unknown): QueryConfig | undefined {
  const config = typeof first === 'string' ? { text: first } : (first as QueryConfig);
  const values: unknown = config.values ?? (typeof second === 'function' ? [] : (second ?? []));
  if (!Array.isArray(values) || config.name !== undefined) return undefined;
  return isBatchable(config.text, values) ? { ...config, values } : undefined;
}

/**
 * Whether a statement without a name can be part of a batch.
 *
 * - A text without parameters may hold several statements, which need another message of the protocol.
 * - A statement that asks the client for rows (COPY) makes the server ignore the end of the batch.
 */
export function isBatchable(text: string, values: readonly unknown[] = []): boolean {
  if (values.length === 0 && text.includes(';')) return false;
  return text.trim() !== '' && !mayAskForRows(text);
}

/** These, and `emit`, which calls the listeners of a stream. */
const calledByConnection = [...calledByClient, 'emit'] as const;

type Callback = (...parameters: any[]) => any;

/** Binds a callback, or the methods of a query such as a stream, to the context of the code that sends it. */
function boundToSender(parameter: unknown): unknown {
  if (isCallback(parameter)) return bindContext(parameter);
  if (!isSubmittable(parameter)) return parameter;
  const query = parameter as StreamedQuery &
    Partial<Record<(typeof calledByConnection)[number], Callback>>;
  for (const name of calledByConnection) {
    const method = query[name];
    if (method !== undefined) query[name] = bindContext<Callback>(method.bind(query));
  }
  return query;
}

function isCallback(parameter: unknown): parameter is Callback {
  return typeof parameter === 'function';
}

function isSubmittable(query: unknown): query is Submittable {
  return typeof (query as Partial<Submittable> | null)?.submit === 'function';
}
