import { RequestLogger } from '../actor/request.logger.js';
import type { IsolationLevel } from 'typeorm/driver/types/IsolationLevel.js';
import { DatabaseBroadcaster } from '../connection/database.broadcaster.js';
import type { DatabaseDataSource } from './database.data-source.js';
import type { DatabaseQueryRunner } from '../connection/database.query-runner.js';
import type { ConnectionLostError } from '../connection/errors.js';
import { inTurnOf } from '../connection/turn.js';
import type { ObservedTransaction } from '../telemetry/telemetry.js';
import { SavepointScope } from './savepoint-scope.js';
import { withScope } from './transaction-context.js';
import { TransactionScope } from './transaction-scope.js';
import { TransactionQueryRunner } from './transaction.query-runner.js';

/**
 * How long the statements of abandoned work are refused, in milliseconds. The end of such work is not known.
 */
export const givenUpTime = 10_000;

/** TypeORM's events of a transaction. */
export type TransactionEvent =
  | 'BeforeTransactionStart'
  | 'AfterTransactionStart'
  | 'BeforeTransactionCommit'
  | 'AfterTransactionCommit'
  | 'BeforeTransactionRollback'
  | 'AfterTransactionRollback';

const log = new RequestLogger('Transaction');

/** A transaction on a connection of its own. It takes the connection at its first statement. */
export class RootScope extends TransactionScope {
  readonly root = this;
  /** Resolves when the transaction is rolled back. */
  readonly ending: Promise<void>;
  /** The error of a lost connection. */
  lost: ConnectionLostError | undefined;
  protected connection: DatabaseQueryRunner | undefined;
  private beginning: Promise<DatabaseQueryRunner> | undefined;
  private ended = false;
  private end!: () => void;

  constructor(
    database: DatabaseDataSource,
    readonly isolationLevel: IsolationLevel | undefined,
    /** Undefined when telemetry is off. */
    private readonly observed?: ObservedTransaction,
  ) {
    super(database, undefined, (...scope) => new SavepointScope(...scope));
    this.ending = new Promise((resolve) => (this.end = resolve));
  }

  get hasBegun(): boolean {
    return this.beginning !== undefined && this.isOpen;
  }

  /**
   * Whether it has a connection that its work may still wait with. From COMMIT on it waits for no code, and
   * releases the connection by itself.
   */
  get holdsConnection(): boolean {
    const isEnding = this.isCommitting || this.state === 'committed';
    return this.connection?.client !== undefined && !isEnding;
  }

  /** Whether its own work has ended. Code that runs in its context later is not part of it. */
  get hasEnded(): boolean {
    return this.ended;
  }

  override async complete<T>(work: (scope: TransactionScope) => Promise<T>): Promise<T> {
    try {
      return await super.complete(work);
    } finally {
      void this.settle().then(() => (this.ended = true));
    }
  }

  async commit(): Promise<void> {
    if (this.connection !== undefined) await this.raise('BeforeTransactionCommit', this);
    let begun = false;
    await this.queue.run(async () => {
      // `giveUp()` rolled back while the work was still running.
      if (this.isRolledBack) throw this.endedError;
      this.state = 'committing';
      try {
        begun = this.connection !== undefined;
        await this.connection?.commit();
        this.state = 'committed';
      } catch (error) {
        this.state = 'rolled back';
        throw error;
      } finally {
        await this.releaseConnection();
      }
    });
    await this.close(begun ? 'AfterTransactionCommit' : undefined);
    for (const effect of this.afterCommit) await this.run(effect);
  }

  async rollback(): Promise<void> {
    // During COMMIT it is too late to give up: the answer of the server decides.
    if (this.isCommitting || this.state === 'committed') return;
    // The state changes at once, so that queued statements are refused. ROLLBACK itself waits for the running
    // statement only: a nested scope may be waiting for something other than the database.
    this.state = 'rolled back';
    this.end();
    let begun = false;
    await this.innermost.inQueue(async () => {
      const { connection } = this;
      if (connection === undefined) return;
      begun = true;
      try {
        if (this.lost === undefined) {
          await inTurnOf(connection, () => this.raise('BeforeTransactionRollback', this)).catch(
            this.logFailure,
          );
          await connection.query('ROLLBACK');
        }
      } catch (error) {
        // If the connection is lost, the server rolls back by itself.
        log.warn(`rollback failed: ${(error as Error).message}`);
        connection.discard(error as Error);
      } finally {
        await this.releaseConnection();
      }
    });
    await this.close(begun ? 'AfterTransactionRollback' : undefined);
  }

  /** Rolls back while the work still runs, because nobody waits for its result any more. */
  giveUp(): void {
    setTimeout(() => (this.ended = true), givenUpTime).unref();
    void this.rollback();
    this.observed?.ended('rolled_back');
  }

  /** Raises an event. Statements of its subscribers are part of `scope`. */
  async raise(event: TransactionEvent, scope: TransactionScope): Promise<void> {
    if (this.database.subscribers.length === 0) return;
    await withScope(this.database, scope, () => this.held.broadcaster.broadcast(event));
  }

  /**
   * Raises an event after the end of a transaction. Statements of its subscribers are part of `scope`, or of no
   * transaction. Failures are logged, as they cannot undo the end.
   */
  async raiseLast(event: TransactionEvent, scope?: TransactionScope): Promise<void> {
    if (this.database.subscribers.length === 0) return;
    const raise = () => this.held.broadcaster.broadcast(event);
    await (scope === undefined ? raise() : withScope(this.database, scope, raise)).catch(
      this.logFailure,
    );
  }

  readonly logFailure = (error: unknown): void => {
    log.error(`a subscriber of the transaction failed: ${messageOf(error)}`);
  };

  protected begin(): Promise<DatabaseQueryRunner> {
    return (this.beginning ??= this.start());
  }

  private async start(): Promise<DatabaseQueryRunner> {
    // The outer transaction may have taken the last connection since this one was created.
    this.database.assertConnectionToSpare();
    const connection = new TransactionQueryRunner(this.database);
    connection.broadcaster = new DatabaseBroadcaster(connection, this.held);
    connection.onLost = (error) => this.lose(error);
    connection.transaction = this.observed;
    this.connection = connection;
    try {
      await inTurnOf(connection, () => connection.startTransaction(this.isolationLevel));
    } catch (error) {
      // The transaction may have begun in spite of the error. The pool must not lend its connection again.
      connection.discard(error as Error);
      await this.releaseConnection();
      this.beginning = undefined;
      throw error;
    }
    return connection;
  }

  /** Notes that the connection is lost, and the transaction with it. */
  private lose(error: ConnectionLostError): void {
    if (this.state !== 'open') return;
    this.lost = error;
    this.state = 'rolled back';
    this.end();
  }

  /** Raises the event of the end, and then releases the manager. */
  private async close(event: TransactionEvent | undefined): Promise<void> {
    if (event !== undefined && this.database.subscribers.length > 0) {
      await this.held.outlive(() => this.raiseLast(event));
    }
    this.held.isReleased = true;
  }

  private async releaseConnection(): Promise<void> {
    await this.connection?.release();
    this.connection = undefined;
  }

  /** Runs an effect after the commit. A failure is logged, as it cannot undo the transaction. */
  private async run(effect: () => unknown): Promise<void> {
    try {
      await effect();
    } catch (error) {
      log.error(`an afterCommit effect failed: ${messageOf(error)}`);
    }
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
