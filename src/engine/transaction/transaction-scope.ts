import { setImmediate as nextTurn } from 'node:timers/promises';
import type { EntityManager } from 'typeorm';
import type { IsolationLevel } from 'typeorm/driver/types/IsolationLevel.js';
import { validateIsolationLevel } from 'typeorm/driver/validate-isolation-level.js';
import { bindContext } from '../common/context-storage.js';
import { SerialQueue, type Place } from '../common/serial-queue.js';
import { settledWithin } from '../common/settled-within.js';
import type { DatabaseDataSource } from '../connection/database.data-source.js';
import type { DatabaseQueryRunner } from '../connection/database.query-runner.js';
import { Turn } from '../connection/turn.js';
import { IsolationLevelConflictError, TransactionEndedError } from './errors.js';
import type { RootScope } from './root-scope.js';
import { ScopedQueryRunner } from './scoped.query-runner.js';

/** After how long without a statement code counts as waiting for something else, in milliseconds. */
const quietTime = 1000;

/** How often a nested transaction lets pass what stands behind it: a branch beside it may go on for ever. */
const politeness = 100;

/** Makes the scope of a nested transaction, which is a kind of this one. */
export type OpenSavepoint = (
  outer: TransactionScope,
  connection: DatabaseQueryRunner,
  opener: ScopedQueryRunner | undefined,
) => TransactionScope;

/**
 * A transaction, or a savepoint in one, that code shares without passing it around.
 *
 * Everything that runs in a scope runs one after another: its statements, and the nested scopes as a
 * whole. So a nested scope does not contain a statement of a branch that runs beside it, unless it waits
 * for that statement itself.
 */
export abstract class TransactionScope {
  /** TypeORM's entity manager on this transaction. */
  readonly manager: EntityManager;
  /** How many statements that may have written took effect here and in nested scopes. */
  writes = 0;
  /** The query runner of its manager; that of the whole transaction is the one that events name. */
  readonly held: ScopedQueryRunner;
  protected readonly line = new SerialQueue();
  protected readonly afterCommit: (() => unknown)[] = [];
  protected state: 'open' | 'committing' | 'committed' | 'rolled back' = 'open';
  /** Why this can only be rolled back. */
  protected doomedBy: Error | undefined;
  /** The nested scope that holds the line. */
  protected running: TransactionScope | undefined;
  private readonly underWay = new Set<ScopedQueryRunner>();
  /** How many statements run here, or stand in line. */
  private statements = 0;
  private lastActivity = performance.now();
  private onRelease: (() => void) | undefined;
  /** Scopes around this one whose statements ran in it, as it waited for them. */
  private readonly guests = new Set<TransactionScope>();

  protected constructor(
    readonly database: DatabaseDataSource,
    readonly outer: TransactionScope | undefined,
    private readonly openSavepoint: OpenSavepoint,
  ) {
    this.held = this.createQueryRunner('held');
    this.manager = this.held.manager;
  }

  /** The level that the transaction was begun with; undefined is the server's default. */
  abstract readonly isolationLevel: IsolationLevel | undefined;

  /** The transaction that this is, or is part of. */
  abstract readonly root: RootScope;

  /** Whether the transaction has begun, and so holds a connection. */
  abstract get hasBegun(): boolean;

  /** The connection's own query runner, if it has one already. */
  protected abstract readonly connection: DatabaseQueryRunner | undefined;

  /** The connection's own query runner; begins the transaction when this is its first use. */
  protected abstract begin(): Promise<DatabaseQueryRunner>;

  abstract commit(): Promise<void>;
  abstract rollback(): Promise<void>;

  get isOpen(): boolean {
    return this.state === 'open' && (this.outer?.isOpen ?? true);
  }

  /** Whether its COMMIT is on the way: nothing can join it any more, and what becomes of it is not known. */
  get isCommitting(): boolean {
    return this.state === 'committing';
  }

  get isRolledBack(): boolean {
    return this.state === 'rolled back' || (this.outer?.isRolledBack ?? false);
  }

  /** Whether it was rolled back, and its own work may still be under way. */
  get refuses(): boolean {
    return this.isRolledBack && !this.root.hasEnded;
  }

  /** Whether `other` is this scope or one around it. */
  isWithin(other: TransactionScope): boolean {
    return this === other || (this.outer?.isWithin(other) ?? false);
  }

  /**
   * @throws TypeORMError for a level that PostgreSQL does not have
   * @throws TransactionEndedError after a rollback
   * @throws IsolationLevelConflictError for another level than this transaction has
   */
  assertJoinable(wanted: IsolationLevel | undefined): void {
    validateIsolationLevel(this.database.driver.supportedIsolationLevels, wanted);
    if (this.isRolledBack) throw this.endedError;
    if (wanted === undefined || wanted === this.isolationLevel) return;
    throw new IsolationLevelConflictError(wanted, this.isolationLevel ?? "the server's default");
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

  /** Runs a statement in its turn. @throws TransactionEndedError after the transaction's end */
  async enter<T>(
    writes: boolean,
    work: (connection: DatabaseQueryRunner) => Promise<T>,
  ): Promise<T> {
    // The running statement waits for this one.
    if (this.connection !== undefined && Turn.current(this.connection) !== undefined) {
      return await work(this.connection);
    }
    this.statements++;
    const place = this.line.enter();
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
   * Calls `effect` once everything here is committed; never after a rollback. It runs where it was
   * registered: what it writes is attributed to the actor of that place.
   */
  onCommit(effect: () => unknown): void {
    this.afterCommit.push(bindContext(effect));
  }

  /**
   * Runs `work` in a savepoint, and falls back to it when `work` throws.
   *
   * @param opener the query runner by whose manager it was asked for
   */
  async nested<T>(
    work: (scope: TransactionScope) => Promise<T>,
    opener?: ScopedQueryRunner,
  ): Promise<T> {
    if (this.connection !== undefined && Turn.current(this.connection) !== undefined) {
      return await this.openNested(work, opener);
    }
    for (let round = 0; ; round++) {
      // Operations that began before are given the time to ask for their next statement.
      if (this.underWay.size > 0) await nextTurn();
      const place = this.line.enter();
      try {
        const host = await this.reach(place);
        if (host !== undefined) {
          host.admit(this, true);
          return await host.nested(work, opener);
        }
        // The nested scope may wait for them, and they would wait for it.
        const letsPass = this.statements > 0 && round < politeness;
        if (!letsPass) return await this.openNested(work, opener);
      } finally {
        place.leave();
      }
    }
  }

  /** Runs `work` and ends the scope as it ends: by commit, or by rollback when it throws. */
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

  /** A statement that may have written took effect here. */
  noteWrite(): void {
    this.writes++;
    this.outer?.noteWrite();
  }

  /** Something that was reported as done here is undone: what is left must not be committed. */
  doom(error: Error): void {
    this.doomedBy ??= error;
  }

  /** Runs `work` behind what runs or waits here, whatever has become of the scope. */
  inLine<T>(work: () => Promise<T>): Promise<T> {
    return this.line.run(work);
  }

  /** Where statements run at the moment: the innermost scope. */
  protected get innermost(): TransactionScope {
    return this.running?.innermost ?? this;
  }

  /** Why nothing can run here any more. */
  protected get endedError(): Error {
    return (
      this.root.lost ?? new TransactionEndedError(this.isRolledBack ? 'rolled back' : 'committed')
    );
  }

  protected assertOpen(): void {
    if (!this.isOpen) throw this.endedError;
  }

  /** The nested scope that held the line has ended. */
  nestedEnded(): void {
    this.running = undefined;
    this.lastActivity = performance.now();
  }

  /** Nested work with as many writes was undone. */
  forgetWrites(count: number): void {
    this.writes -= count;
    this.outer?.forgetWrites(count);
  }

  /** What others did in this scope while it waited for them is undone with it. */
  protected doomGuests(error: Error): void {
    for (const guest of this.guests) guest.doom(error);
  }

  /** Waits for operations that nobody awaited, unless they wait for something else themselves. */
  protected async settle(): Promise<void> {
    this.lastActivity = performance.now();
    while (this.underWay.size > 0) {
      const patience = quietTime - this.quietFor;
      if (patience <= 0) return;
      await settledWithin(patience, [this.nextRelease()]);
      // What follows the operation in its own code begins before the transaction ends.
      await nextTurn();
    }
  }

  /** Waits for its turn, or else until nothing else can help than running in the scope that it stands behind. */
  private async reach(place: Place): Promise<TransactionScope | undefined> {
    while (!place.isFirst) {
      await settledWithin(quietTime, [place.turn, this.root.ending]);
      if (this.isRolledBack) throw this.endedError;
      const { innermost } = this;
      if (!place.isFirst && innermost !== this && innermost.quietFor >= quietTime) return innermost;
    }
    return undefined;
  }

  /** Runs a statement of a scope around, for which the code in this one seems to wait. */
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

  /** How long no statement has run or waited here, in milliseconds. */
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
