import pg, { type Connection, type QueryConfig, type QueryResult, type Submittable } from 'pg';
import type { PreparedStatements } from './prepared-statements.js';

/** A statement that the driver sends as it is: each of its values is text. */
export interface LeadingStatement {
  readonly text: string;
  readonly values?: readonly string[];
}

export type QueryCallback = (error: Error | null, result: QueryResult) => void;

/**
 * The driver's query, with the methods that its types leave out: what the client calls while the query
 * is sent and its answer comes in. pg-cursor and pg-query-stream are written against the same.
 */
interface DriverQuery extends Submittable {
  readonly text: string;
  /** What it is prepared as on the server; undefined for what is parsed each time. */
  name: string | undefined;
  /** The error that kept it from being sent, if any. */
  submit(connection: object): Error | null;
  handleDataRow(message: unknown): void;
  handleCommandComplete(message: unknown, connection: Connection): void;
  handleReadyForQuery(connection: Connection): void;
  handleError(error: Error, connection: Connection): void;
}

const DriverQuery = pg.Query as unknown as new (
  config: QueryConfig & { queryMode: 'extended' },
  callback: QueryCallback,
) => DriverQuery;

/** The driver's connection, whose types ask for an argument that it no longer has. */
interface DriverConnection {
  parse(statement: { text: string; name: string | undefined }): void;
  bind(parameters: { statement: string | undefined; values: readonly string[] }): void;
  execute(portal: object): void;
  close(statement: { type: 'S'; name: string }): void;
}

/**
 * A statement and what must have run before it, sent as one batch: one round trip for all.
 *
 * The batch ends with one Sync, so that a failure of any statement skips those behind it (manual, "Extended
 * Query"). The driver's own `pipeline` sends a Sync with each: after a BEGIN that failed, as when it is
 * cancelled, the statement would run and commit by itself.
 */
export class LedQuery extends DriverQuery {
  private toComplete: number;
  /** What the batch needs to be prepared on the server: texts by their names. */
  private readonly named = new Map<string, string>();

  /** @param prepared what the connection keeps prepared, if its session is its own */
  constructor(
    private readonly lead: readonly LeadingStatement[],
    statement: QueryConfig,
    private readonly prepared: PreparedStatements | undefined,
    callback: QueryCallback,
  ) {
    super({ ...statement, queryMode: 'extended' }, callback);
    this.toComplete = lead.length;
  }

  override submit(connection: Connection): Error | null {
    const packet: Buffer[] = [];
    const stream = { writable: true, write: (bytes: Buffer) => packet.push(bytes) };
    const driver: DriverConnection = Object.create(connection, { stream: { value: stream } });
    const names = this.lead.map(({ text }) => this.nameOf(text));
    if (this.prepared?.isWorthIt(this.text)) this.name = this.nameOf(this.text);
    for (const name of this.prepared?.takeClosed() ?? []) driver.close({ type: 'S', name });
    this.lead.forEach(({ text, values = [] }, place) => {
      const name = names[place];
      if (name === undefined || !this.prepared!.has(name)) driver.parse({ text, name });
      driver.bind({ statement: name, values });
      driver.execute({});
    });
    const error = super.submit(driver);
    // One buffer: to write a dozen small ones costs the system several times as much.
    connection.stream.write(Buffer.concat(packet));
    return error;
  }

  override handleDataRow(message: unknown): void {
    if (this.toComplete === 0) super.handleDataRow(message);
  }

  override handleCommandComplete(message: unknown, connection: Connection): void {
    if (this.toComplete > 0) this.toComplete--;
    else super.handleCommandComplete(message, connection);
  }
  override handleReadyForQuery(connection: Connection): void {
    for (const [name, text] of this.named) this.prepared!.confirm(name, text);
    super.handleReadyForQuery(connection);
  }

  override handleError(error: Error, connection: Connection): void {
    for (const text of this.named.values()) this.prepared!.forget(text);
    super.handleError(error, connection);
  }

  private nameOf(text: string): string | undefined {
    const name = this.prepared?.nameOf(text);
    if (name !== undefined) this.named.set(name, text);
    return name;
  }
}
