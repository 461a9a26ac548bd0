import pg, { type Connection, type QueryConfig, type QueryResult, type Submittable } from 'pg';

/** A statement that is sent in a batch with another one. Its values are sent as text. */
export interface AccompanyingStatement {
  readonly text: string;
  readonly values?: readonly string[];
  /** Called with the values of each row that it returns, as text. */
  readonly onRow?: (values: readonly (string | null)[]) => void;
}

export type QueryCallback = (error: Error | null, result: QueryResult) => void;

/**
 * The driver's query, with methods that its types leave out: the client calls them to send the query and to
 * handle its answer. pg-cursor and pg-query-stream rely on the same methods.
 */
interface DriverQuery extends Submittable {
  /** Sends the query; returns the error when it could not be sent. */
  submit(connection: object): Error | null;
  handleDataRow(message: unknown): void;
  handleCommandComplete(message: unknown, connection: Connection): void;
}

const DriverQuery = pg.Query as unknown as new (
  config: QueryConfig & { queryMode: 'extended' },
  callback: QueryCallback,
) => DriverQuery;

/** A query of a package for the driver, such as a stream: the methods that the client calls. */
export type StreamedQuery = Submittable &
  Partial<Record<'handleDataRow' | 'handleCommandComplete', (...parameters: any[]) => void>>;

/** Methods of the driver's connection, whose types have an argument that no longer exists. */
interface DriverConnection {
  parse(statement: { text: string }): void;
  bind(parameters: { values: readonly string[] }): void;
  execute(portal: object): void;
  sync(): void;
}

/**
 * A statement and those that must run before and after it, sent as one batch in one round trip.
 *
 * The batch ends with one Sync, so that PostgreSQL skips the statements after one that fails (manual, "Extended
 * Query"). The driver's own `pipeline` sends a Sync after each statement: if BEGIN failed, for example because
 * it was cancelled, the statement would run and commit by itself.
 */
export class BatchedQuery extends DriverQuery {
  /** The number of statements that have completed. */
  private completed = 0;

  constructor(
    private readonly lead: readonly AccompanyingStatement[],
    statement: QueryConfig,
    private readonly trail: readonly AccompanyingStatement[],
    callback: QueryCallback,
  ) {
    super({ ...statement, queryMode: 'extended' }, callback);
  }

  override submit(connection: Connection): Error | null {
    const packet: Buffer[] = [];
    const stream = { writable: true, write: (bytes: Buffer) => packet.push(bytes) };
    const driver: DriverConnection = Object.create(connection, {
      stream: { value: stream },
      // The driver ends the batch after its statement.
      sync: {
        value: () => {
          sendAll(driver, this.trail);
          (connection as unknown as DriverConnection).sync.call(driver);
        },
      },
    });
    sendAll(driver, this.lead);
    const error = super.submit(driver);
    // One write: a dozen small ones cost several times as much.
    connection.stream.write(Buffer.concat(packet));
    return error;
  }

  override handleDataRow(message: { fields: readonly (string | null)[] }): void {
    const { accompanying } = this;
    if (accompanying === undefined) super.handleDataRow(message);
    else accompanying.onRow?.(message.fields);
  }

  override handleCommandComplete(message: unknown, connection: Connection): void {
    if (this.accompanying === undefined) super.handleCommandComplete(message, connection);
    this.completed++;
  }

  /** The running statement, unless it is the driver's. */
  private get accompanying(): AccompanyingStatement | undefined {
    const { completed, lead, trail } = this;
    return completed < lead.length ? lead[completed] : trail[completed - lead.length - 1];
  }
}

/**
 * Sends statements before a stream, in the same transaction: a stream sends a Sync only at its end, and PostgreSQL
 * keeps what was set before until then.
 */
export function leadStream(query: StreamedQuery, lead: readonly AccompanyingStatement[]): void {
  let toComplete = lead.length;
  const submit: (connection: Connection) => unknown = query.submit.bind(query);
  const { handleDataRow, handleCommandComplete } = query;
  query.submit = (connection) => {
    sendAll(connection as unknown as DriverConnection, lead);
    return submit(connection);
  };
  query.handleDataRow = (...parameters) => {
    if (toComplete === 0) handleDataRow?.apply(query, parameters);
  };
  query.handleCommandComplete = (...parameters) => {
    if (toComplete > 0) toComplete--;
    else handleCommandComplete?.apply(query, parameters);
  };
}

function sendAll(driver: DriverConnection, lead: readonly AccompanyingStatement[]): void {
  for (const { text, values = [] } of lead) {
    // Unnamed: PostgreSQL would keep the parameter types of a named statement.
    driver.parse({ text });
    driver.bind({ values });
    driver.execute({});
  }
}
