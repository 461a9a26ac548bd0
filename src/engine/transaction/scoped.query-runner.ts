import {
  QueryRunnerAlreadyReleasedError,
  TransactionNotStartedError,
  type QueryRunner,
} from 'typeorm';
import type { ReadStream } from 'typeorm/platform/PlatformTools.js';
import type { IsolationLevel } from 'typeorm/driver/types/IsolationLevel.js';
import { DatabaseQueryRunner } from '../connection/database.query-runner.js';
import { mayWrite } from '../connection/statement.js';
import { InterleavedWritesError, SavepointOrderError } from './errors.js';
import { currentScope } from './transaction-context.js';
import type { TransactionScope } from './transaction-scope.js';

/** Names savepoints apart, also those of several runners in one transaction. */
let savepointCount = 0;

/** A nested transaction that somebody began on a query runner. */
interface Savepoint {
  readonly name: string;
  /** How many writes of the transaction were not this runner's when it was set. */
  readonly writesOfOthers: number;
}

/** What subscribers are told with, and what they keep for each other. */
type Voice = Pick<QueryRunner, 'broadcaster' | 'data'>;

/**
 * A query runner on the connection of an open transaction. To whoever holds it, it is a query runner
 * like any other: `release()` ends its use, and a transaction that it starts is a savepoint.
 */
export class ScopedQueryRunner extends DatabaseQueryRunner {
  private readonly savepoints: Savepoint[] = [];
  /** How many writes went through this runner, and through nested transactions of its manager. */
  private writes = 0;
  /** What it raises its events with, unless that is the transaction's. */
  private own!: Voice;
  private hasOwnData = false;
  /** Takes over once the transaction has ended, for the subscribers that are told so. */
  private successor: DatabaseQueryRunner | undefined;

  // Accessors in the place of TypeORM's properties, which the compiler does not let a class declare.
  static {
    Object.defineProperties(this.prototype, {
      broadcaster: {
        get(this: ScopedQueryRunner) {
          return this.voice.broadcaster;
        },
        set(this: ScopedQueryRunner, broadcaster: Voice['broadcaster']) {
          this.own = { ...this.own, broadcaster };
        },
      },
      data: {
        get(this: ScopedQueryRunner) {
          return this.voice.data;
        },
        set(this: ScopedQueryRunner, data: Voice['data']) {
          this.hasOwnData = data !== this.speaker?.data;
          this.own = { ...this.own, data };
        },
      },
    });
  }

  constructor(private readonly scope: TransactionScope) {
    super(scope.database, 'master');
    // TypeORM starts no transaction of its own for save() and remove() when one is active.
    this.isTransactionActive = true;
    this.transactionDepth = 1;
  }

  /**
   * The query runner that events of the whole transaction name: subscribers that collect changes by
   * `event.queryRunner`, or in its `data`, find them again at the commit. There is none yet while it is made.
   */
  private get speaker(): ScopedQueryRunner | undefined {
    return (this.scope as TransactionScope | undefined)?.root?.held;
  }

  /** One that was given data of its own, as by `save(entity, { data })`, speaks for itself. */
  private get voice(): Voice {
    const { speaker } = this;
    return this.hasOwnData || speaker === undefined || speaker === this ? this.own : speaker;
  }

  /**
   * The nested scope that the code runs in when it is part of this one, or else this one. A nested scope
   * that fell back stays that of the code it left behind, and refuses it.
   */
  get activeScope(): TransactionScope {
    const current = currentScope(this.database);
    return current?.isWithin(this.scope) ? current : this.scope;
  }

  /** Whether the transaction has ended, and subscribers of that end use this. */
  get hasOutlived(): boolean {
    return this.successor !== undefined;
  }

  override async connect(): ReturnType<DatabaseQueryRunner['connect']> {
    if (this.successor !== undefined) return await this.successor.connect();
    return await this.enter(false, (connection) => connection.connect());
  }

  override async query<T = any>(
    sql: string,
    parameters?: any[],
    useStructuredResult = false,
  ): Promise<T> {
    if (this.successor !== undefined) {
      return await this.successor.query<T>(sql, parameters, useStructuredResult);
    }
    return await this.enter(mayWrite(sql, !useStructuredResult), (connection) =>
      connection.query<T>(sql, parameters, useStructuredResult),
    );
  }

  override async stream(...args: Parameters<DatabaseQueryRunner['stream']>): Promise<ReadStream> {
    if (this.successor !== undefined) return await this.successor.stream(...args);
    return await this.enter(true, (connection) => connection.stream(...args));
  }

  /** @throws IsolationLevelConflictError for another level than that of the transaction around */
  override async startTransaction(isolationLevel?: IsolationLevel): Promise<void> {
    if (this.successor !== undefined) return await this.successor.startTransaction(isolationLevel);
    this.activeScope.assertJoinable(isolationLevel);
    await this.broadcaster.broadcast('BeforeTransactionStart');
    const name = `runner_${++savepointCount}`;
    await this.enter(false, async (connection) => {
      await connection.query(`SAVEPOINT ${name}`);
      this.savepoints.push({ name, writesOfOthers: this.writesOfOthers });
    });
    this.followSavepoints();
    await this.broadcaster.broadcast('AfterTransactionStart');
  }

  override async commitTransaction(): Promise<void> {
    if (this.successor !== undefined) return await this.successor.commitTransaction();
    this.assertStarted();
    await this.broadcaster.broadcast('BeforeTransactionCommit');
    await this.end('RELEASE SAVEPOINT', this.savepoints.pop()!);
    await this.broadcaster.broadcast('AfterTransactionCommit');
  }

  override async rollbackTransaction(): Promise<void> {
    if (this.successor !== undefined) return await this.successor.rollbackTransaction();
    this.assertStarted();
    await this.broadcaster.broadcast('BeforeTransactionRollback');
    await this.end('ROLLBACK TO SAVEPOINT', this.savepoints.pop()!);
    await this.broadcaster.broadcast('AfterTransactionRollback');
  }

  /** As on a connection of its own, what was neither committed nor rolled back is undone. */
  override async release(): Promise<void> {
    if (this.isReleased) return;
    try {
      const [outermost] = this.savepoints.splice(0);
      if (outermost !== undefined && this.scope.isOpen) {
        await this.end('ROLLBACK TO SAVEPOINT', outermost);
      }
    } finally {
      this.isReleased = true;
      this.scope.released(this);
    }
  }

  /** `await using`: what the runner left open is committed, and the transaction around stays open. */
  override async [Symbol.asyncDispose](): Promise<void> {
    try {
      while (this.savepoints.length > 0) await this.commitTransaction();
    } finally {
      await this.release();
    }
  }

  /** A nested transaction of this runner's manager wrote. */
  noteWrite(): void {
    this.writes++;
  }

  /**
   * Tells subscribers of the end of the transaction, which may use this query runner: it has a connection of
   * its own then, outside any transaction. After that it is released.
   */
  async outlive(tell: () => Promise<void>): Promise<void> {
    this.successor = this.database.createDetachedQueryRunner();
    this.isTransactionActive = false;
    this.transactionDepth = 0;
    try {
      await tell();
    } finally {
      this.isReleased = true;
      await this.successor.release();
    }
  }

  /** The transaction around is not this runner's to end. */
  private assertStarted(): void {
    if (this.savepoints.length === 0) throw new TransactionNotStartedError();
  }

  /**
   * From its first transaction on, the runner says whether it has one open, as code asks that rolls back what
   * is left. Before that it says yes, so that `save()` on it sets no savepoint.
   */
  private followSavepoints(): void {
    this.transactionDepth = this.savepoints.length + 1;
    this.isTransactionActive = this.savepoints.length > 0;
  }

  private get writesOfOthers(): number {
    return this.activeScope.writes - this.writes;
  }

  private enter<T>(
    writes: boolean,
    work: (connection: DatabaseQueryRunner) => Promise<T>,
  ): Promise<T> {
    const scope = this.activeScope;
    if (this.isReleased && !scope.isRolledBack) throw new QueryRunnerAlreadyReleasedError();
    return scope.enter(writes, async (connection) => {
      const result = await work(connection);
      if (writes) {
        this.writes++;
        scope.noteWrite();
      }
      return result;
    });
  }

  private async end(
    command: 'RELEASE SAVEPOINT' | 'ROLLBACK TO SAVEPOINT',
    savepoint: Savepoint,
  ): Promise<void> {
    this.followSavepoints();
    const scope = this.activeScope;
    try {
      await this.enter(false, async (connection) => {
        await connection.query(`${command} ${savepoint.name}`);
        if (command === 'RELEASE SAVEPOINT') return;
        if (this.writesOfOthers > savepoint.writesOfOthers)
          scope.doom(new InterleavedWritesError());
      });
    } catch (error) {
      // 3B001: another runner's savepoint, opened earlier and closed first, took this one with it.
      if ((error as { code?: string }).code === '3B001') throw new SavepointOrderError();
      throw error;
    }
  }
}
