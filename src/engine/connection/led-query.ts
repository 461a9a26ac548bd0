import pg, { type Connection, type QueryConfig, type QueryResult, type Submittable } from 'pg';

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
  /** The error that kept it from being sent, if any. */
  submit(connection: object): Error | null;
  handleDataRow(message: unknown): void;
  handleCommandComplete(message: unknown, connection: Connection): void;
}

const DriverQuery = pg.Query as unknown as new (
  config: QueryConfig & { queryMode: 'extended' },
  callback: QueryCallback,
) => DriverQuery;

/** The driver's connection, whose types ask for an argument that it no longer has. */
interface DriverConnection {
  parse(statement: { text: string }): void;
  bind(parameters: { values: readonly string[] }): void;
  execute(portal: object): void;
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

  constructor(
    private readonly lead: readonly LeadingStatement[],
    statement: QueryConfig,
    callback: QueryCallback,
  ) {
    super({ ...statement, queryMode: 'extended' }, callback);
    this.toComplete = lead.length;
  }

  override submit(connection: Connection): Error | null {
    const packet: Buffer[] = [];
    const stream = { writable: true, write: (bytes: Buffer) => packet.push(bytes) };
    const driver: DriverConnection = Object.create(connection, { stream: { value: stream } });
    for (const { text, values = [] } of this.lead) {
      // Without a name: PostgreSQL would keep the types that a named one has for its parameters.
      driver.parse({ text });
      driver.bind({ values });
      driver.execute({});
    }
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
}
