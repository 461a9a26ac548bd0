import type { DatabaseClient } from '../driver/database.client.js';

/** How a transaction ended. `unknown`: the connection was lost before the answer to COMMIT. */
export type TransactionOutcome = 'committed' | 'rolled_back' | 'unknown';

/** Who makes a transaction, without a value that tells who it is. */
export interface Origin {
  readonly actorKind: string;
  readonly requestId: string | undefined;
}

/** A statement that is about to be sent. */
export interface ObservedStatement {
  readonly sql: string;
  /** The connection that it is sent on. */
  readonly client: DatabaseClient;
  /** The transaction that it is part of. */
  readonly transaction: ObservedTransaction | undefined;
  /** Who makes it, if it is a transaction by itself. */
  readonly origin: Origin | undefined;
}

/** A transaction with all its attempts. It is shown once it has begun. */
export interface ObservedTransaction {
  /**
   * Notes that an attempt has begun.
   *
   * @param waitedMs how long it waited for a connection, in milliseconds
   */
  begin(origin: Origin, waitedMs: number): void;
  /** Notes that it will run again after an error. */
  retrying(error: unknown): void;
  /**
   * Notes its end. Later calls have no effect.
   *
   * @param transactionId PostgreSQL's id of the transaction, which the audit trail has too
   */
  ended(outcome: TransactionOutcome, error?: unknown, transactionId?: string): void;
}

/** A number that is read when metrics are collected. */
export interface Gauge {
  readonly name: string;
  readonly unit: string;
  readonly description: string;
  /** Whether it only grows. Default: false. */
  readonly isCounter?: boolean;
  /** Whether the values of several attributes can be added up. Default: false. */
  readonly isSum?: boolean;
}

/** The value of a gauge. */
export interface Reading {
  readonly gauge: Gauge;
  readonly value: number;
  readonly attributes?: Readonly<Record<string, string | number>>;
}

/**
 * What the engine tells about its work, to be shown as spans and metrics. Nothing here throws by itself. A data
 * source has none of it when telemetry is off.
 */
export interface Telemetry {
  /** Runs `send`, which sends a statement, and shows how it ended. */
  statement<T>(statement: ObservedStatement, send: () => Promise<T>): Promise<T>;
  /** Notes a statement whose end is told to the returned function, such as a stream. */
  stream(statement: ObservedStatement): (error?: unknown) => void;
  /** Notes a transaction, which may run in several attempts. */
  transaction(): ObservedTransaction;
  /** Counts a transaction of one statement. */
  loneTransaction(outcome: TransactionOutcome): void;
  /** Counts a write that had no actor. */
  unattributedWrite(sql: string): void;
  /** Notes how long code waited for a connection, in milliseconds, and whether it got none. */
  waited(ms: number, failed: boolean): void;
  /** Runs `work`, whose statements are the engine's own and are not shown. */
  unseen<T>(work: () => T): T;
  /**
   * Reads gauges whenever metrics are collected. `read` must not throw.
   *
   * @returns a function that ends it
   */
  observe(
    gauges: readonly Gauge[],
    read: () => readonly Reading[] | Promise<readonly Reading[]>,
  ): () => void;
}
