import type { PoolClient } from 'pg';
import type { ReadStream } from 'typeorm/platform/PlatformTools.js';
import { QueryRunnerAlreadyReleasedError, type ReplicationMode } from 'typeorm';
import { PostgresQueryRunner } from 'typeorm/driver/postgres/PostgresQueryRunner.js';
import { currentAttribution, endedOccasion } from '../actor/actor-context.js';
import { warnOfLateWrite } from '../actor/late-writes.js';
import { outsideContext } from '../common/context-storage.js';
import { SerialQueue } from '../common/serial-queue.js';
import { TransactionAbortedError } from '../transaction/errors.js';
import { heldConnections } from '../transaction/transaction-context.js';
import { DatabaseBroadcaster } from './database.broadcaster.js';
import { batchable, type DatabaseClient } from './database.client.js';
import type { DatabaseDataSource } from './database.data-source.js';
import { ConnectionBusyError, ConnectionLostError, PoolExhaustedError } from './errors.js';
import { redactQueryError } from './redact-query-error.js';
import { showCaller } from './show-caller.js';
import { beginsTransaction, configuresTransaction, mayWrite } from './statement.js';
import { Turn } from './turn.js';

type Connection = PoolClient & DatabaseClient;

/**
 * TypeORM's query runner on a connection of its own, which besides
 *
 * - runs the statements of its connection strictly one after another, each with its attribution;
 * - gives a write outside any transaction one of its own, so that it has an actor;
 * - logs each query with its duration, and strips failures of the values they carry.
 */
export class DatabaseQueryRunner extends PostgresQueryRunner {
  /** A write is under way that is a transaction by itself, and told with it who writes. */
  writesByItself = false;
  /** Its transactions have no limit on statements and locks: what they do takes as long as it takes. */
  takesItsTime = false;
  /** Called when the connection is lost while it is in use here. */
  onLost: ((error: ConnectionLostError) => void) | undefined;
  private readonly line = new SerialQueue();
  private connecting: Promise<Connection> | undefined;
  /** Why the connection is to be closed and no longer used. */
  private discarded: Error | undefined;
  private lost: ConnectionLostError | undefined;

  constructor(
    protected readonly database: DatabaseDataSource,
    mode: ReplicationMode,
  ) {
    super(database.driver, mode);
    this.broadcaster = new DatabaseBroadcaster(this);
  }

  /** The connection, once it has taken one. */
  get client(): Connection | undefined {
    return this.databaseConnection as Connection | undefined;
  }

  /**
   * @throws ConnectionLostError once the connection is gone
   * @throws QueryRunnerAlreadyReleasedError once it has given its connection back, which is another's then
   */
  override async connect(): Promise<Connection> {
    this.assertUsable();
    return await (this.connecting ??= this.takeConnection());
  }

  override query<T = any>(
    sql: string,
    parameters?: any[],
    useStructuredResult = false,
  ): Promise<T> {
    return this.inTurn(async () => {
      const client = await this.connectInTurn();
      if (beginsTransaction(sql)) return client.beginWithNext(sql) as T;
      if (client.isBeginning && configuresTransaction(sql)) {
        return client.sendWithNext({ text: sql }) as T;
      }
      const isRaw = !useStructuredResult;
      if (endedOccasion() !== undefined && mayWrite(sql, isRaw)) warnOfLateWrite();
      const status = client.getTransactionStatus();
      if (status === 'T' || status === 'E' || !this.needsTransaction(sql, isRaw)) {
        return await this.run<T>(sql, parameters, useStructuredResult);
      }
      return batchable(sql, parameters) === undefined
        ? await this.runInTransaction<T>(sql, parameters, useStructuredResult)
        : await this.runByItself<T>(sql, parameters, useStructuredResult);
    });
  }

  /** In its turn, as a statement: what travels with another one must not go with the stream. */
  override stream(...args: Parameters<PostgresQueryRunner['stream']>): Promise<ReadStream> {
    return this.inTurn(async () => {
      await this.connectInTurn();
      return await super.stream(...args);
    });
  }

  /** @throws TransactionAbortedError when PostgreSQL rolled back what was to be committed */
  override async commitTransaction(): Promise<void> {
    const client = await this.inTurn(() => this.connectInTurn());
    // PostgreSQL answers COMMIT of a failed transaction with a rollback, and with no error.
    const failed = client.getTransactionStatus() === 'E' && this.transactionDepth <= 1;
    await super.commitTransaction();
    if (failed) throw new TransactionAbortedError();
  }

  /**
   * Commits the transaction without TypeORM's events.
   *
   * @throws TransactionAbortedError when PostgreSQL rolled back what was to be committed
   */
  commit(): Promise<void> {
    return this.inTurn(async () => {
      const client = await this.connectInTurn();
      const failed = client.getTransactionStatus() === 'E';
      await this.run('COMMIT');
      if (failed) throw new TransactionAbortedError();
    });
  }

  /**
   * Gives the connection back once the statements in line have ended. A transaction that was left open is
   * nobody else's, nor is a stream: the pool must not lend its connection again.
   */
  override release(): Promise<void> {
    return this.inTurn(async () => {
      // One that is still on its way would come to nobody.
      await this.connecting?.catch(() => undefined);
      if (this.isReleased) return;
      const client = this.databaseConnection as PoolClient | undefined;
      if (client !== undefined) await this.connectInTurn().catch(() => undefined);
      const status = client?.getTransactionStatus();
      if (status === 'T' || status === 'E') {
        this.discard(new Error('the query runner was released with its transaction open'));
      }
      await super.release();
    });
  }

  /** Releases a connection whose state is unknown: the pool closes it instead of lending it again. */
  discard(reason: Error): void {
    this.discarded ??= reason;
    const { releaseCallback } = this;
    this.releaseCallback = releaseCallback && (() => releaseCallback(reason));
  }

  /** Closes the connection at once, whatever runs on it. */
  async cutOff(reason: Error): Promise<void> {
    this.discard(reason);
    await super.release();
  }

  /** Tells the connection who writes, right before a statement is sent. */
  attribute(query: string): void {
    this.database.attribution.beforeQuery({ query, queryRunner: this });
  }

  /** One statement on this connection, as it is. */
  protected async run<T>(sql: string, parameters?: any[], useStructuredResult = false): Promise<T> {
    const startedAt = performance.now();
    try {
      const result = (await super.query(sql, parameters, useStructuredResult)) as T;
      const durationMs = performance.now() - startedAt;
      this.database.queryLogger.succeeded(sql, durationMs, this.takesItsTime);
      return result;
    } catch (error) {
      const redacted = showCaller(redactQueryError(error));
      this.database.queryLogger.failed(sql, redacted);
      await this.awaitReady();
      throw isWithoutState(redacted) && this.lost !== undefined ? this.lost : redacted;
    }
  }

  private inTurn<T>(work: () => Promise<T>): Promise<T> {
    return (Turn.current(this)?.line ?? this.line).run(work);
  }

  private async takeConnection(): Promise<Connection> {
    this.database.assertEngineRuns();
    const gate = this.mode === 'master' ? this.database.gate : undefined;
    const { depth, holder } = heldConnections(this.database);
    await gate?.enter(depth, holder);
    let client: Connection;
    try {
      client = (await outsideContext(() => super.connect())) as Connection;
    } catch (error) {
      gate?.leave();
      throw this.describeFailure(error);
    }
    const { releaseCallback } = this;
    // An error comes with it when the connection was lost, and where it was discarded.
    this.releaseCallback = (error: Error | undefined) => {
      outsideContext(() => releaseCallback?.(error));
      gate?.leave();
      if (error !== undefined && this.discarded === undefined) this.lose(error);
    };
    return client;
  }

  private describeFailure(error: unknown): unknown {
    if (error instanceof Error && /timeout exceeded when trying to connect/.test(error.message)) {
      const { poolSize, connectTimeout } = this.database.config;
      return PoolExhaustedError.afterTime(poolSize, connectTimeout, error);
    }
    return error;
  }

  private lose(error: Error): void {
    this.lost = new ConnectionLostError(error);
    this.onLost?.(this.lost);
  }

  private assertUsable(): void {
    if (this.discarded !== undefined) throw this.discarded;
    if (this.lost !== undefined) throw this.lost;
    if (this.isReleased) throw new QueryRunnerAlreadyReleasedError();
  }

  /**
   * The connection, once nothing is under way on it: neither a stream nor what the application sent on the
   * client itself. What would wait behind a stream that nobody reads would wait for ever.
   */
  private async connectInTurn(): Promise<Connection> {
    this.assertUsable();
    const client = this.client ?? (await this.connect());
    // The usual case, without a wait.
    if (client.isIdle) return client;
    const { connectTimeout } = this.database.config;
    try {
      await client.untilIdle(connectTimeout);
    } catch (error) {
      if ((error as Error).name !== 'AbortError') throw error;
      this.discard(new ConnectionBusyError(connectTimeout));
      throw this.discarded!;
    }
    this.assertUsable();
    return client;
  }

  /**
   * The driver reports a failure before the server has said in what state it leaves the connection.
   * An answer to a further, empty query comes after that.
   */
  private async awaitReady(): Promise<void> {
    const client = this.databaseConnection as PoolClient | undefined;
    // A connection that is gone says nothing any more.
    if (!this.isReleased) await client?.query('').catch(() => undefined);
  }

  /**
   * A write outside any transaction: one batch with who writes, which PostgreSQL takes for one transaction
   * (manual, "Pipelining").
   */
  private async runByItself<T>(
    sql: string,
    parameters: any[] | undefined,
    useStructuredResult: boolean,
  ): Promise<T> {
    this.writesByItself = true;
    try {
      return await this.run<T>(sql, parameters, useStructuredResult);
    } finally {
      this.writesByItself = false;
    }
  }

  /** The same for a text that may hold several statements, which no batch can. */
  private async runInTransaction<T>(
    sql: string,
    parameters: any[] | undefined,
    useStructuredResult: boolean,
  ): Promise<T> {
    (await this.connect()).beginWithNext('START TRANSACTION');
    try {
      const result = await this.run<T>(sql, parameters, useStructuredResult);
      await this.run('COMMIT');
      return result;
    } catch (error) {
      // The statement's own error is the one to tell, whatever becomes of the connection.
      await this.run('ROLLBACK').catch(() => undefined);
      throw error;
    }
  }

  private needsTransaction(sql: string, isRaw: boolean): boolean {
    const hasSomethingToSay =
      currentAttribution() !== undefined || this.database.config.unattributedWrites === 'reject';
    return hasSomethingToSay && mayWrite(sql, isRaw);
  }
}

/** A failure that is the driver's and not the server's, such as the end of the connection. */
function isWithoutState(error: unknown): boolean {
  return (error as { code?: unknown }).code === undefined;
}
