import { once } from 'node:events';
import pg, { type Connection, type QueryConfig, type QueryResult, type Submittable } from 'pg';
import { LedQuery, type LeadingStatement, type QueryCallback } from './led-query.js';
import { PreparedStatements } from './prepared-statements.js';
import { mayAskForRows } from './statement.js';

/** What the driver knows of a connection, and its types leave out. */
interface DriverClient {
  /** The process that the server says serves this connection. */
  processID: number | null;
  connection: { parsedStatements: Record<string, string> };
  /** Nothing is under way. */
  readyForQuery: boolean;
}

/**
 * The driver's client, on which a statement can wait for the next one and travel with it: neither BEGIN
 * nor saying who writes takes a round trip of its own. What is written again and again is prepared.
 */
export class DatabaseClient extends pg.Client {
  private waiting: LeadingStatement[] = [];
  private begins = false;
  private prepared: PreparedStatements | undefined;

  /**
   * What the driver reads values by: dates in the ISO style, whatever the role's or the database's is.
   * PgBouncer knows this parameter, and refuses those that it does not know.
   */
  getStartupConf(): Record<string, string> {
    const driver = pg.Client.prototype as unknown as { getStartupConf(): Record<string, string> };
    return { ...driver.getStartupConf.call(this), datestyle: 'ISO, MDY' };
  }

  /**
   * Settles what holds for the session, if that is this connection's own: the other settings that the driver
   * reads values by, and whether statements are kept prepared. Behind PgBouncer the session may be another one
   * for each transaction: the process that it names is none of the server's.
   */
  async settle({ preparedStatements }: { preparedStatements: boolean }): Promise<void> {
    const { processID, connection } = this as unknown as DriverClient;
    const { rows }: QueryResult<{ pid: number }> = await this.query(
      `SELECT pg_backend_pid() AS pid,
              CASE WHEN pg_backend_pid() = $1 THEN set_config('extra_float_digits', '1', false) END,
              CASE WHEN pg_backend_pid() = $1 THEN set_config('intervalstyle', 'postgres', false) END`,
      [processID],
    );
    if (rows[0]!.pid !== processID) return;
    if (preparedStatements) this.prepared = new PreparedStatements(connection.parsedStatements);
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

  /**
   * Waits until nothing is under way. What the server said of the transaction is right then.
   *
   * @param patienceMs 0 waits without a limit
   * @throws AbortError when that takes longer, as with a stream that nobody reads
   */
  async untilIdle(patienceMs: number): Promise<void> {
    if ((this as unknown as DriverClient).readyForQuery) return;
    await once(this, 'drain', patienceMs === 0 ? {} : { signal: AbortSignal.timeout(patienceMs) });
  }

  override getTransactionStatus(): ReturnType<pg.Client['getTransactionStatus']> {
    return this.begins ? 'T' : super.getTransactionStatus();
  }

  // The driver's overloads: a statement or what submits itself, with a callback or for a promise.
  override query(...parameters: any[]): any {
    const [first, second] = parameters as unknown[];
    const statement = isSubmittable(first) ? undefined : batchable(first, second);
    const isPrepared = statement !== undefined && this.prepared?.isWorthIt(statement.text);
    if (this.waiting.length === 0 && !isPrepared) return this.send(...parameters);
    const callback = parameters.find((parameter) => typeof parameter === 'function');
    if (isSubmittable(first) || callback !== undefined) {
      this.sendLed(statement, parameters, callback);
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
    // A batch outside any transaction is one by itself: when it fails, none of it has happened.
    const isTransaction = this.getTransactionStatus() === 'I';
    const send = (settle: QueryCallback) =>
      this.send(new LedQuery(lead, statement, this.prepared, this.afterBegin(settle)));
    send((error, result) => {
      if (isTransaction && isOutdated(error)) send(callback);
      else callback(error, result);
    });
  }

  /** What cannot be in a batch goes after it, unless the batch fails. */
  private sendBehind(lead: readonly LeadingStatement[], parameters: unknown[]): void {
    let failure: Error | null = null;
    const { text, values = [] } = lead.at(-1)!;
    const last = { text, values: [...values] };
    const remember = this.afterBegin((error) => (failure = error));
    this.send(new LedQuery(lead.slice(0, -1), last, this.prepared, remember));

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

function isSubmittable(query: unknown): query is Submittable {
  return typeof (query as Partial<Submittable> | null)?.submit === 'function';
}

/**
 * Whether a statement failed because it was prepared: for a table that has other columns by now, or in a session
 * that has forgotten it.
 */
function isOutdated(error: Error | null): boolean {
  const { code } = (error ?? {}) as { code?: string };
  return code === '0A000' || code === '26000';
}
