import { AsyncResource } from 'node:async_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import type { IsolationLevel } from 'typeorm/driver/types/IsolationLevel.js';
import { SerialQueue } from '../common/serial-queue.js';
import type { DatabaseDataSource } from '../connection/database.data-source.js';
import type { DatabaseQueryRunner } from '../connection/database.query-runner.js';
import { TransactionEndedError } from './errors.js';
import { ScopedQueryRunner } from './scoped.query-runner.js';

/** How long the end of a transaction waits for an operation that has gone quiet, in milliseconds. */
const quietTime = 1000;

/**
 * A transaction, or a savepoint in one, that code shares without passing it around.
 *
 * Everything that runs in a scope runs one after another: its statements, and the nested scopes as a
 * whole. So a nested scope never contains a statement of a branch that runs beside it.
 */
export abstract class TransactionScope {
  /** TypeORM's entity manager on this transaction. */
  readonly manager: EntityManager;
  protected readonly line = new SerialQueue();
  protected readonly afterCommit: (() => unknown)[] = [];
  protected state: 'open' | 'committing' | 'committed' | 'rolled back' = 'open';
  private readonly underWay = new Set<ScopedQueryRunner>();
  /** How many statements run here, or stand in line. */
  private statements = 0;
  private lastActivity = 0;
  private onRelease: (() => void) | undefined;
  /** The nested scope that holds the line. */
  private running: TransactionScope | undefined;

  protected constructor(
    readonly database: DatabaseDataSource,
    readonly outer?: TransactionScope,
  ) {
    this.manager = this.createQueryRunner('held').manager;
  }

  /** The level that the transaction was begun with; undefined is the server's default. */
  abstract readonly isolationLevel: IsolationLevel | undefined;

  /** Whether the transaction has begun, and so holds a connection. */
  abstract get hasBegun(): boolean;

  /** The connection's own query runner; begins the transaction when this is its first use. */
  protected abstract begin(): Promise<DatabaseQueryRunner>;

  get isOpen(): boolean {
    return this.state === 'open';
  }

  /** Whether its COMMIT is on the way: nothing can join it any more, and what becomes of it is not known. */
  get isCommitting(): boolean {
    return this.state === 'committing';
  }

  get isRolledBack(): boolean {
    return this.state === 'rolled back' || (this.outer?.isRolledBack ?? false);
  }

  /** Whether `other` is this scope or one around it. */
  isWithin(other: TransactionScope): boolean {
    return this === other || (this.outer?.isWithin(other) ?? false);
  }

  /**
   * A query runner whose statements run in this transaction, and whose release leaves it open. The end
   * of the transaction waits for those that are not `held`: each is an operation under way.
   */
  createQueryRunner(use: 'operation' | 'held' = 'operation'): ScopedQueryRunner {
    const queryRunner = new ScopedQueryRunner(this);
    Object.assign(queryRunner, { manager: this.database.createEntityManager(queryRunner) });
    if (use === 'operation') this.underWay.add(queryRunner);
    return queryRunner;
  }

  released(queryRunner: ScopedQueryRunner): void {
    this.underWay.delete(queryRunner);
    this.onRelease?.();
  }

  /** Runs a statement in its turn. @throws TransactionEndedError after a rollback */
  async enter<T>(work: (connection: DatabaseQueryRunner) => Promise<T>): Promise<T> {
    this.statements++;
    try {
      return await this.line.run(async () => {
        this.assertOpen();
        return work(await this.begin());
      });
    } finally {
      this.statements--;
      this.lastActivity = performance.now();
    }
  }

  /**
   * Calls `effect` once everything here is committed; never after a rollback. It runs where it was
   * registered: what it writes is attributed to the actor of that place.
   */
  onCommit(effect: () => unknown): void {
    this.afterCommit.push(AsyncResource.bind(effect));
  }

  /** Runs `work` in a savepoint, and falls back to it when `work` throws. */
  nested<T>(work: (scope: TransactionScope) => Promise<T>): Promise<T> {
    return this.line.run(async () => {
      this.assertOpen();
      const connection = await this.begin();
      this.assertOpen();
      const scope = new SavepointScope(this, connection);
      this.running = scope;
      try {
        return await scope.complete(work);
      } finally {
        this.running = undefined;
      }
    });
  }

  /** Runs `work` and ends the scope as it ends: by commit, or by rollback when it throws. */
  async complete<T>(work: (scope: TransactionScope) => Promise<T>): Promise<T> {
    try {
      const result = await work(this);
      await this.settle();
      await this.commit();
      return result;
    } catch (error) {
      await this.rollback();
      throw error;
    }
  }

  abstract commit(): Promise<void>;
  abstract rollback(): Promise<void>;

  /** Where statements stand in line at the moment: in that of the innermost scope. */
  protected get innermostLine(): SerialQueue {
    return this.running?.innermostLine ?? this.line;
  }

  protected assertOpen(): void {
    if (this.isRolledBack || !this.isOpen) throw new TransactionEndedError();
  }

  /** Waits for operations that nobody awaited, unless they wait for something else themselves. */
  private async settle(): Promise<void> {
    this.lastActivity = performance.now();
    while (this.underWay.size > 0) {
      const quiet = this.statements > 0 ? 0 : performance.now() - this.lastActivity;
      const patience = quietTime - quiet;
      if (patience <= 0) return;
      await Promise.race([this.nextRelease(), sleep(patience, undefined, { ref: false })]);
    }
  }

  private nextRelease(): Promise<void> {
    return new Promise((resolve) => (this.onRelease = resolve));
  }
}

/** A transaction on a connection of its own, taken when the first statement comes. */
export class RootScope extends TransactionScope {
  private readonly log = new Logger('Transaction');
  private connection: DatabaseQueryRunner | undefined;
  private beginning: Promise<DatabaseQueryRunner> | undefined;

  constructor(
    database: DatabaseDataSource,
    readonly isolationLevel: IsolationLevel | undefined,
  ) {
    super(database);
  }

  get hasBegun(): boolean {
    return this.beginning !== undefined && this.isOpen;
  }

  protected begin(): Promise<DatabaseQueryRunner> {
    return (this.beginning ??= this.start());
  }

  async commit(): Promise<void> {
    await this.line.run(async () => {
      // Whoever waited has given up, and was told so; the work went on and has come to its end only now.
      if (this.isRolledBack) throw new TransactionEndedError();
      this.state = 'committing';
      try {
        await this.connection?.commitTransaction();
        this.state = 'committed';
      } catch (error) {
        this.state = 'rolled back';
        throw error;
      } finally {
        await this.letGo();
      }
    });
    for (const effect of this.afterCommit) await this.run(effect);
  }

  async rollback(): Promise<void> {
    // Whoever gives up during the COMMIT comes too late: the server's answer decides.
    if (this.isCommitting || this.state === 'committed') return;
    // At once, so that whatever still stands in line is turned away; then in turn, behind the
    // statement that is running. A nested scope may wait for something else than the database: its
    // end is not worth holding the connection for.
    this.state = 'rolled back';
    await this.innermostLine.run(async () => {
      try {
        await this.connection?.rollbackTransaction();
      } catch (error) {
        // The server ends the transaction of a lost connection by itself.
        this.log.warn(`rollback failed: ${(error as Error).message}`);
        this.connection?.discard(error as Error);
      } finally {
        await this.letGo();
      }
    });
  }

  private async start(): Promise<DatabaseQueryRunner> {
    // The transaction around may have begun since this one was asked for.
    this.database.assertConnectionToSpare();
    const connection = this.database.createDetachedQueryRunner();
    try {
      await connection.startTransaction(this.isolationLevel);
    } catch (error) {
      // It may have begun all the same: an open transaction must not go back to the pool.
      connection.discard(error as Error);
      await connection.release();
      this.beginning = undefined;
      throw error;
    }
    return (this.connection = connection);
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
      this.log.error(
        `an afterCommit effect failed: ${error instanceof Error ? error.message : String(error)}`,
      );
    }
  }
}

/** A savepoint in a transaction: what fails in it is undone without the rest. */
class SavepointScope extends TransactionScope {
  private static count = 0;
  private readonly savepoint = `nested_${++SavepointScope.count}`;
  private set = false;

  constructor(
    outer: TransactionScope,
    private readonly connection: DatabaseQueryRunner,
  ) {
    super(outer.database, outer);
  }

  get isolationLevel(): IsolationLevel | undefined {
    return this.outer!.isolationLevel;
  }

  get hasBegun(): boolean {
    return this.isOpen && this.outer!.hasBegun;
  }

  protected async begin(): Promise<DatabaseQueryRunner> {
    if (!this.set) await this.connection.query(`SAVEPOINT ${this.savepoint}`);
    this.set = true;
    return this.connection;
  }

  async commit(): Promise<void> {
    await this.line.run(async () => {
      if (this.isRolledBack) throw new TransactionEndedError();
      this.state = 'committed';
      if (this.set) await this.connection.query(`RELEASE SAVEPOINT ${this.savepoint}`);
    });
    for (const effect of this.afterCommit) this.outer!.onCommit(effect);
  }

  async rollback(): Promise<void> {
    this.state = 'rolled back';
    await this.line.run(async () => {
      // With the whole transaction goes its connection, which may be another's by now.
      if (!this.set || this.outer!.isRolledBack) return;
      // Fails only with the connection, and then the whole transaction is gone.
      await this.connection
        .query(`ROLLBACK TO SAVEPOINT ${this.savepoint}`)
        .then(() => this.connection.query(`RELEASE SAVEPOINT ${this.savepoint}`))
        .catch(() => undefined);
    });
  }
}
