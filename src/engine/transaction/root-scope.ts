import { Logger } from '@nestjs/common';
import type { IsolationLevel } from 'typeorm/driver/types/IsolationLevel.js';
import { DatabaseBroadcaster } from '../connection/database.broadcaster.js';
import type { DatabaseDataSource } from '../connection/database.data-source.js';
import type { DatabaseQueryRunner } from '../connection/database.query-runner.js';
import type { ConnectionLostError } from '../connection/errors.js';
import { inTurnOf } from '../connection/turn.js';
import { SavepointScope } from './savepoint-scope.js';
import { withScope } from './transaction-context.js';
import { TransactionScope } from './transaction-scope.js';

/** For how long code that was given up is refused, in milliseconds. Nobody hears when it has ended. */
export const givenUpTime = 10_000;

/** TypeORM's events of a transaction, in the order of its life. */
export type TransactionEvent =
  | 'BeforeTransactionStart'
  | 'AfterTransactionStart'
  | 'BeforeTransactionCommit'
  | 'AfterTransactionCommit'
  | 'BeforeTransactionRollback'
  | 'AfterTransactionRollback';

const log = new Logger('Transaction');

/** A transaction on a connection of its own, taken when the first statement comes. */
export class RootScope extends TransactionScope {
  readonly root = this;
  /** Resolves when it is rolled back. */
  readonly ending: Promise<void>;
  /** Why its connection is gone, if it is. */
  lost: ConnectionLostError | undefined;
  protected connection: DatabaseQueryRunner | undefined;
  private beginning: Promise<DatabaseQueryRunner> | undefined;
  private ended = false;
  private end!: () => void;

  constructor(
    database: DatabaseDataSource,
    readonly isolationLevel: IsolationLevel | undefined,
  ) {
    super(database, undefined, (...scope) => new SavepointScope(...scope));
    this.ending = new Promise((resolve) => (this.end = resolve));
  }

  get hasBegun(): boolean {
    return this.beginning !== undefined && this.isOpen;
  }

  /** Whether it has taken its connection, and not given it back. */
  get holdsConnection(): boolean {
    return this.connection?.client !== undefined;
  }

  /** Whether its own work has come to an end, so that what follows in its context is none of it. */
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
    await this.line.run(async () => {
      // Whoever waited has given up, and was told so; the work went on and has come to its end only now.
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
        await this.letGo();
      }
    });
    await this.close(begun ? 'AfterTransactionCommit' : undefined);
    for (const effect of this.afterCommit) await this.run(effect);
  }

  async rollback(): Promise<void> {
    // Whoever gives up during the COMMIT comes too late: the server's answer decides.
    if (this.isCommitting || this.state === 'committed') return;
    // At once, so that whatever still stands in line is turned away; then in turn, behind the
    // statement that is running. A nested scope may wait for something else than the database: its
    // end is not worth holding the connection for.
    this.state = 'rolled back';
    this.end();
    let begun = false;
    await this.innermost.inLine(async () => {
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
        // The server ends the transaction of a lost connection by itself.
        log.warn(`rollback failed: ${(error as Error).message}`);
        connection.discard(error as Error);
      } finally {
        await this.letGo();
      }
    });
    await this.close(begun ? 'AfterTransactionRollback' : undefined);
  }

  /** Rolls back while the work goes on, as nobody waits for it any more. */
  giveUp(): void {
    setTimeout(() => (this.ended = true), givenUpTime).unref();
    void this.rollback();
  }

  /** Raises an event whose subscribers are part of `scope`. */
  async raise(event: TransactionEvent, scope: TransactionScope): Promise<void> {
    if (this.database.subscribers.length === 0) return;
    await withScope(this.database, scope, () => this.held.broadcaster.broadcast(event));
  }

  /**
   * Raises an event after the end of a transaction, whose subscribers are part of `scope` or of none. What fails
   * then cannot undo it, so it is only logged.
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
    // The transaction around may have begun since this one was asked for.
    this.database.assertConnectionToSpare();
    const connection = this.database.createDetachedQueryRunner();
    connection.broadcaster = new DatabaseBroadcaster(connection, this.held);
    connection.onLost = (error) => this.lose(error);
    this.connection = connection;
    try {
      await inTurnOf(connection, () => connection.startTransaction(this.isolationLevel));
    } catch (error) {
      // It may have begun all the same: an open transaction must not go back to the pool.
      connection.discard(error as Error);
      await this.letGo();
      this.beginning = undefined;
      throw error;
    }
    return connection;
  }

  /** The server or the network ended the connection, and the transaction with it. */
  private lose(error: ConnectionLostError): void {
    if (this.state !== 'open') return;
    this.lost = error;
    this.state = 'rolled back';
    this.end();
  }

  /** Ends the use of the manager, after subscribers were told of the end. */
  private async close(event: TransactionEvent | undefined): Promise<void> {
    if (event !== undefined && this.database.subscribers.length > 0) {
      await this.held.outlive(() => this.raiseLast(event));
    }
    this.held.isReleased = true;
  }

  private async letGo(): Promise<void> {
    await this.connection?.release();
    this.connection = undefined;
  }

  /** The transaction is committed: an effect that fails cannot undo it, so it only says so. */
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
