import { once } from 'node:events';
import pg, { type Connection, type QueryConfig, type QueryResult, type Submittable } from 'pg';
import { bindContext, outsideContext } from '../common/context-storage.js';
import { LedQuery, type LeadingStatement, type QueryCallback } from './led-query.js';
import { mayAskForRows } from './statement.js';

/** What the driver knows of a connection, and its types leave out. */
interface DriverClient {
  /** Nothing is under way. */
  readyForQuery: boolean;
  /** The server's process, as it said at the start. */
  processID: number;
}

/**
 * The driver's client, on which a statement can wait for the next one and travel with it: neither BEGIN
 * nor saying who writes takes a round trip of its own.
 */
export class DatabaseClient extends pg.Client {
  private waiting: LeadingStatement[] = [];
  private begins = false;

  // The socket's events come in the context in which it was made, and the pool makes one for whoever asks
  // first. Its later users, and what listens to LISTEN, are nobody's.
  override connect(...parameters: any[]): any {
    return outsideContext(() => super.connect(...(parameters as [])));
  }

  /**
   * What the driver reads values by: dates in the ISO style, whatever the role's or the database's is.
   * PgBouncer knows this parameter, and refuses those that it does not know.
   */
  getStartupConf(): Record<string, string> {
    const driver = pg.Client.prototype as unknown as { getStartupConf(): Record<string, string> };
    return { ...driver.getStartupConf.call(this), datestyle: 'ISO, MDY' };
  }

  /**
   * Settles the other settings that the driver reads values by, if the session is this connection's own.
   * Behind PgBouncer it may be another one for each transaction: the process that PgBouncer names is none of
   * the server's.
   */
  async settle(): Promise<void> {
    const { processID } = this as unknown as DriverClient;
    await this.query(
      `SELECT set_config('extra_float_digits', '1', false), set_config('intervalstyle', 'postgres', false)
        WHERE pg_backend_pid() = $1`,
      [processID],
    );
  }

  /** Sends a statement before the next one. Should it fail, that one fails with its error. */
  sendWithNext(statement: LeadingStatement): void {
    this.waiting.push(statement);
  }

  /** The same for a statement that begins a transaction, which is open from now on. */
  beginWithNext(text: string): void {
    this.begins = true;
    this.sendWithNext({ text });
  }

  /** Whether a transaction is to begin with the next statement. */
  get isBeginning(): boolean {
    return this.begins && this.waiting.length > 0;
  }

  /** Whether nothing is under way. */
  get isIdle(): boolean {
    return (this as unknown as DriverClient).readyForQuery;
  }

  /**
   * Waits until nothing is under way. What the server said of the transaction is right then.
   *
   * @param patienceMs 0 waits without a limit
   * @throws AbortError when that takes longer, as with a stream that nobody reads
   */
  async untilIdle(patienceMs: number): Promise<void> {
    if (this.isIdle) return;
    await once(this, 'drain', patienceMs === 0 ? {} : { signal: AbortSignal.timeout(patienceMs) });
  }

  override getTransactionStatus(): ReturnType<pg.Client['getTransactionStatus']> {
    return this.begins ? 'T' : super.getTransactionStatus();
  }

  // The driver's overloads: a statement or what submits itself, with a callback or for a promise.
  override query(...given: any[]): any {
    const parameters: unknown[] = given.map(boundToSender);
    if (this.waiting.length === 0) return this.send(...parameters);
    const [first, second] = parameters;
    const statement = isSubmittable(first) ? undefined : batchable(first, second);
    const callback = parameters.find(isCallback);
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

  /** Sends a statement with what waits for it, in one batch if it can be in one. */
  private sendLed(
    statement: QueryConfig | undefined,
    parameters: unknown[],
    callback: QueryCallback,
  ): void {
    const lead = this.waiting;
    this.waiting = [];
    if (statement === undefined) return this.sendBehind(lead, parameters);
    this.send(new LedQuery(lead, statement, this.afterBegin(callback)));
  }

  /** What cannot be in a batch goes after it, unless the batch fails. */
  private sendBehind(lead: readonly LeadingStatement[], parameters: unknown[]): void {
    let failure: Error | null = null;
    const { text, values = [] } = lead.at(-1)!;
    const last = { text, values: [...values] };
    const remember = this.afterBegin((error) => (failure = error));
    this.send(new LedQuery(lead.slice(0, -1), last, remember));

    const [first, ...others] = parameters;
    const query = isSubmittable(first) ? first : new pg.Query(...(parameters as [string]));
    const submit: (connection: Connection) => unknown = query.submit.bind(query);
    // What this returns is for the driver the error of the query.
    query.submit = (connection) => failure ?? submit(connection);
    this.send(query, ...(isSubmittable(first) ? others : []));
  }

  /** From its answer on, what the server says of the transaction is right again. */
  private afterBegin(callback: QueryCallback): QueryCallback {
    return (error, result) => {
      this.begins = false;
      callback(error, result);
    };
  }

  private send(...parameters: unknown[]): unknown {
    return super.query(...(parameters as [string]));
  }
}

/**
 * The statement, if it can be in a batch with others. What the driver sends without parameters may hold
 * several statements, for which the protocol has another message; one with a name is parsed only once; one
 * that asks for rows makes the server pass over the batch's end.
 */
export function batchable(first: unknown, second?: unknown): QueryConfig | undefined {
  const config = typeof first === 'string' ? { text: first } : (first as QueryConfig);
  const values: unknown = config.values ?? (typeof second === 'function' ? [] : (second ?? []));
  if (!Array.isArray(values) || config.name !== undefined || config.text.trim() === '') {
    return undefined;
  }
  if (mayAskForRows(config.text)) return undefined;
  return values.length === 0 && config.text.includes(';') ? undefined : { ...config, values };
}

/** What the driver calls while answers come in, and how a stream tells its listeners. */
const calledByConnection = [
  'handleRowDescription',
  'handleDataRow',
  'handlePortalSuspended',
  'handleEmptyQuery',
  'handleCommandComplete',
  'handleCopyInResponse',
  'handleCopyData',
  'handleReadyForQuery',
  'handleError',
  'emit',
] as const;

type Callback = (...parameters: any[]) => any;

/** A callback, or a query with listeners such as a stream, made to run in the context of its sender. */
function boundToSender(parameter: unknown): unknown {
  if (isCallback(parameter)) return bindContext(parameter);
  if (!isSubmittable(parameter)) return parameter;
  const query = parameter as Submittable &
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
