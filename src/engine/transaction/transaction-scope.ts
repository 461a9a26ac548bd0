import { setImmediate as nextTurn } from 'node:timers/promises';
import type { EntityManager } from 'typeorm';
import type { IsolationLevel } from 'typeorm/driver/types/IsolationLevel.js';
import { validateIsolationLevel } from 'typeorm/driver/validate-isolation-level.js';
import { bindContext } from '../common/context-storage.js';
import { SerialQueue, type Place } from '../common/serial-queue.js';
import { settledWithin } from '../common/settled-within.js';
import type { DatabaseDataSource } from './database.data-source.js';
import type { DatabaseQueryRunner } from '../connection/database.query-runner.js';
import { Turn } from '../connection/turn.js';
import { IsolationLevelConflictError, TransactionEndedError } from './errors.js';
import type { RootScope } from './root-scope.js';
import { ScopedQueryRunner } from './scoped.query-runner.js';

/** Code that sends no statement for this time, in milliseconds, counts as waiting for something else. */
const quietTime = 1000;

/**
 * How often a nested transaction lets queued statements go first. Parallel code may send statements without
 * end.
 */
const politeness = 100;

/** Creates the scope of a nested transaction. */
export type OpenSavepoint = (
  outer: TransactionScope,
  connection: DatabaseQueryRunner,
  opener: ScopedQueryRunner | undefined,
) => TransactionScope;

/**
 * A transaction, or a savepoint in one, which code shares through the async context.
 *
 * Statements and nested scopes of a scope run one after another, a nested scope as a whole. So a nested scope
 * does not include statements of code that runs in parallel, unless it seems to wait for them.
 */
export abstract class TransactionScope {
  /** TypeORM's entity manager on this transaction. */
  readonly manager: EntityManager;
  /** The number of statements that may have written, here and in nested scopes. */
  writes = 0;
  /** The query runner of its manager. That of the whole transaction is the one in events. */
  readonly held: ScopedQueryRunner;
  protected readonly queue = new SerialQueue();
  protected readonly afterCommit: (() => unknown)[] = [];
  protected state: 'open' | 'committing' | 'committed' | 'rolled back' = 'open';
  /** The reason why this scope can only be rolled back. */
  protected doomedBy: Error | undefined;
  /** The nested scope that runs at the moment. */
  protected running: TransactionScope | undefined;
  private readonly underWay = new Set<ScopedQueryRunner>();
  /** The number of running and queued statements. */
  private statements = 0;
  private lastActivity = performance.now();
  private onRelease: (() => void) | undefined;
  /** Outer scopes whose statements ran in this scope, because it seemed to wait for them. */
  private readonly guests = new Set<TransactionScope>();

  protected constructor(
    readonly database: DatabaseDataSource,
    readonly outer: TransactionScope | undefined,
    private readonly openSavepoint: OpenSavepoint,
  ) {
    this.held = this.createQueryRunner('held');
    this.manager = this.held.manager;
  }

  /** The isolation level of the transaction; undefined for the default of the server. */
  abstract readonly isolationLevel: IsolationLevel | undefined;

  /** The whole transaction: this scope itself, or the one that it is nested in. */
  abstract readonly root: RootScope;

  /** Whether the transaction has begun, and therefore holds a connection. */
  abstract get hasBegun(): boolean;

  /** The query runner of the connection; undefined before the transaction begins. */
  protected abstract readonly connection: DatabaseQueryRunner | undefined;

  /**
   * Returns the query runner of the connection, and begins the transaction or sets the savepoint at the first
   * call.
   */
  protected abstract begin(): Promise<DatabaseQueryRunner>;

  abstract commit(): Promise<void>;
  abstract rollback(): Promise<void>;

  get isOpen(): boolean {
    return this.state === 'open' && (this.outer?.isOpen ?? true);
  }

  /** Whether COMMIT is running: code can no longer join, and the result is not known yet. */
  get isCommitting(): boolean {
    return this.state === 'committing';
  }

  get isRolledBack(): boolean {
    return this.state === 'rolled back' || (this.outer?.isRolledBack ?? false);
  }

  /** Whether it was rolled back while its own work may still be running, whose statements are refused. */
  get refuses(): boolean {
    return this.isRolledBack && !this.root.hasEnded;
  }

  /** Whether `other` is this scope or an outer one. */
  isWithin(other: TransactionScope): boolean {
    return this === other || (this.outer?.isWithin(other) ?? false);
  }

  /**
   * @throws TypeORMError for a level that PostgreSQL does not have
   * @throws TransactionEndedError after a rollback
   * @throws IsolationLevelConflictError when the transaction has another level
   */
  assertJoinable(wanted: IsolationLevel | undefined): void {
    validateIsolationLevel(this.database.driver.supportedIsolationLevels, wanted);
    if (this.isRolledBack) throw this.endedError;
    if (wanted === undefined || wanted === this.isolationLevel) return;
    throw new IsolationLevelConflictError(wanted, this.isolationLevel ?? "the server's default");
  }

  /**
   * Creates a query runner for statements in this scope. Its release does not end the scope. The end of the
   * scope waits for the release of query runners that are not `held`: each belongs to a running operation.
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

  /**
   * Runs a statement when its turn comes.
   *
   * @throws TransactionEndedError after the end of the transaction
   */
  async enter<T>(
    writes: boolean,
    work: (connection: DatabaseQueryRunner) => Promise<T>,
  ): Promise<T> {
    // The running statement waits for this one, so it cannot queue.
    if (this.connection !== undefined && Turn.current(this.connection) !== undefined) {
      return await work(this.connection);
    }
    this.statements++;
    const place = this.queue.enter();
    try {
      const host = await this.reach(place);
      if (host !== undefined) return await host.receive(this, writes, work);
      this.assertOpen();
      return await work(await this.begin());
    } finally {
      place.leave();
      this.statements--;
      this.lastActivity = performance.now();
    }
  }

  /**
   * Calls `effect` after the commit, and not after a rollback. It runs in the async context of this call, so
   * its writes have the current actor.
   */
  onCommit(effect: () => unknown): void {
    this.afterCommit.push(bindContext(effect));
  }

  /**
   * Runs `work` in a savepoint, and rolls back to it when `work` throws.
   *
   * @param opener the query runner whose manager was called, if any
   */
  async nested<T>(
    work: (scope: TransactionScope) => Promise<T>,
    opener?: ScopedQueryRunner,
  ): Promise<T> {
    if (this.connection !== undefined && Turn.current(this.connection) !== undefined) {
      return await this.openNested(work, opener);
    }
    for (let round = 0; ; round++) {
      // Lets running operations queue their next statement first.
      if (this.underWay.size > 0) await nextTurn();
      const place = this.queue.enter();
      try {
        const host = await this.reach(place);
        if (host !== undefined) {
          host.admit(this, true);
          return await host.nested(work, opener);
        }
        // Queued statements go first: the nested scope may wait for them, and they would wait for its end.
        const letsPass = this.statements > 0 && round < politeness;
        if (!letsPass) return await this.openNested(work, opener);
      } finally {
        place.leave();
      }
    }
  }

  /** Runs `work`, and then commits, or rolls back when it throws. */
  async complete<T>(work: (scope: TransactionScope) => Promise<T>): Promise<T> {
    try {
      const result = await work(this);
      await this.settle();
      if (this.doomedBy !== undefined) throw this.doomedBy;
      await this.commit();
      return result;
    } catch (error) {
      await this.rollback();
      throw error;
    }
  }

  /** Counts a statement that may have written. */
  noteWrite(): void {
    this.writes++;
    this.outer?.noteWrite();
  }

  /** Prevents the commit, because statements that were reported as done have been undone. */
  doom(error: Error): void {
    this.doomedBy ??= error;
  }

  /** Queues `work`, whatever the state of the scope is. */
  inQueue<T>(work: () => Promise<T>): Promise<T> {
    return this.queue.run(work);
  }

  /** The innermost nested scope that runs at the moment, or this one. */
  protected get innermost(): TransactionScope {
    return this.running?.innermost ?? this;
  }

  /** The error for statements after the end. */
  protected get endedError(): Error {
    return (
      this.root.lost ?? new TransactionEndedError(this.isRolledBack ? 'rolled back' : 'committed')
    );
  }

  protected assertOpen(): void {
    if (!this.isOpen) throw this.endedError;
  }

  /** Notes that the running nested scope has ended. */
  nestedEnded(): void {
    this.running = undefined;
    this.lastActivity = performance.now();
  }

  /** Subtracts the writes of a nested scope that was rolled back. */
  forgetWrites(count: number): void {
    this.writes -= count;
    this.outer?.forgetWrites(count);
  }

  /** Prevents the commit of outer scopes whose statements ran in this one, and are undone with it. */
  protected doomGuests(error: Error): void {
    for (const guest of this.guests) guest.doom(error);
  }

  /**
   * Waits for operations that the code did not await, but not for those that wait for something other than
   * the database.
   */
  protected async settle(): Promise<void> {
    this.lastActivity = performance.now();
    while (this.underWay.size > 0) {
      const patience = quietTime - this.quietFor;
      if (patience <= 0) return;
      await settledWithin(patience, [this.nextRelease()]);
      // Lets the code after the operation start its next one before the transaction ends.
      await nextTurn();
    }
  }

  /**
   * Waits for the turn of a queued statement, and returns undefined. If the nested scope that runs before it
   * goes quiet, that scope seems to wait for this statement: then it returns the nested scope, to run the
   * statement there.
   */
  private async reach(place: Place): Promise<TransactionScope | undefined> {
    while (!place.isFirst) {
      await settledWithin(quietTime, [place.turn, this.root.ending]);
      if (this.isRolledBack) throw this.endedError;
      const { innermost } = this;
      if (!place.isFirst && innermost !== this && innermost.quietFor >= quietTime) return innermost;
    }
    return undefined;
  }

  /** Runs a statement of an outer scope, for which the code in this scope seems to wait. */
  private async receive<T>(
    guest: TransactionScope,
    writes: boolean,
    work: (connection: DatabaseQueryRunner) => Promise<T>,
  ): Promise<T> {
    this.admit(guest, writes);
    return await this.enter(writes, work);
  }

  private admit(guest: TransactionScope, writes: boolean): void {
    if (!writes || this === guest) return;
    this.guests.add(guest);
    this.outer?.admit(guest, writes);
  }

  /** For how long no statement has run or queued here, in milliseconds. */
  private get quietFor(): number {
    return this.statements > 0 ? 0 : performance.now() - this.lastActivity;
  }

  private async openNested<T>(
    work: (scope: TransactionScope) => Promise<T>,
    opener: ScopedQueryRunner | undefined,
  ): Promise<T> {
    this.assertOpen();
    const connection = await this.begin();
    this.assertOpen();
    const scope = this.openSavepoint(this, connection, opener);
    this.running = scope;
    return await scope.complete(work);
  }

  private nextRelease(): Promise<void> {
    return new Promise((resolve) => (this.onRelease = resolve));
  }
}
