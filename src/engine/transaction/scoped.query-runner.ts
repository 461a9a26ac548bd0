import {
  QueryRunnerAlreadyReleasedError,
  TransactionNotStartedError,
  type QueryRunner,
} from 'typeorm';
import type { ReadStream } from 'typeorm/platform/PlatformTools.js';
import type { IsolationLevel } from 'typeorm/driver/types/IsolationLevel.js';
import { DatabaseQueryRunner } from '../connection/database.query-runner.js';
import { mayWrite } from '../driver/statement-kinds.js';
import type { DatabaseDataSource } from './database.data-source.js';
import { InterleavedWritesError, SavepointOrderError } from './errors.js';
import { currentScope } from './transaction-context.js';
import type { TransactionScope } from './transaction-scope.js';

/** Makes the names of savepoints unique, also among several query runners of one transaction. */
let savepointCount = 0;

/** A nested transaction that was begun on this query runner. */
interface Savepoint {
  readonly name: string;
  /** How many writes of other code the transaction had when the savepoint was set. */
  readonly writesOfOthers: number;
}

/** The properties of a query runner that events depend on: the broadcaster, and the data for subscribers. */
type Voice = Pick<QueryRunner, 'broadcaster' | 'data'>;

/**
 * A query runner on the connection of an open transaction. `release()` ends its use but not the transaction,
 * and `startTransaction()` sets a savepoint.
 */
export class ScopedQueryRunner extends DatabaseQueryRunner {
  declare protected readonly database: DatabaseDataSource;
  private readonly savepoints: Savepoint[] = [];
  /** The number of writes by this query runner, including nested transactions of its manager. */
  private writes = 0;
  /** Its own broadcaster and data, which it uses unless it shares those of the transaction. */
  private own!: Voice;
  private hasOwnData = false;
  /** The query runner that replaces this one for subscribers of the end of the transaction. */
  private successor: DatabaseQueryRunner | undefined;

  // TypeScript does not allow accessors in place of inherited properties, so they are defined here.
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
    // So TypeORM does not start a transaction for save() and remove().
    this.isTransactionActive = true;
    this.transactionDepth = 1;
  }

  /**
   * The query runner in all events of the transaction. Subscribers that collect changes by
   * `event.queryRunner`, or in its `data`, find them again at the commit. Undefined while the constructors
   * run.
   */
  private get speaker(): ScopedQueryRunner | undefined {
    return (this.scope as TransactionScope | undefined)?.root?.held;
  }

  /**
   * A query runner with data of its own, as with `save(entity, { data })`, is itself the one in its events.
   */
  private get voice(): Voice {
    const { speaker } = this;
    return this.hasOwnData || speaker === undefined || speaker === this ? this.own : speaker;
  }

  /**
   * The scope of the running code if it is nested in this one, else this one. Code that still runs in a
   * nested scope after its rollback stays in it, and is refused.
   */
  get activeScope(): TransactionScope {
    const current = currentScope(this.database);
    return current?.isWithin(this.scope) ? current : this.scope;
  }

  /** Whether the transaction has ended, and subscribers of its end use this query runner. */
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

  override async queryWithin<T = any>(
    timeoutMs: number,
    sql: string,
    parameters: any[],
  ): Promise<T> {
    if (this.successor !== undefined) {
      return await this.successor.queryWithin<T>(timeoutMs, sql, parameters);
    }
    return await this.enter(false, (connection) =>
      connection.queryWithin<T>(timeoutMs, sql, parameters),
    );
  }

  override async stream(...args: Parameters<DatabaseQueryRunner['stream']>): Promise<ReadStream> {
    if (this.successor !== undefined) return await this.successor.stream(...args);
    return await this.enter(true, (connection) => connection.stream(...args));
  }

  /** @throws IsolationLevelConflictError for another isolation level than that of the transaction */
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

  /** Rolls nested transactions back that are still open, as TypeORM's query runners do. */
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

  /** `await using`: commits nested transactions that are still open. The transaction itself stays open. */
  override async [Symbol.asyncDispose](): Promise<void> {
    try {
      while (this.savepoints.length > 0) await this.commitTransaction();
    } finally {
      await this.release();
    }
  }

  /** Counts a write of a nested transaction of this query runner's manager. */
  noteWrite(): void {
    this.writes++;
  }

  /**
   * Calls `tell`, which informs subscribers of the end of the transaction, and then releases the query
   * runner. In between it has a connection of its own, outside any transaction, which subscribers may use.
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

  /** Only a nested transaction can be ended here, and not the whole transaction. */
  private assertStarted(): void {
    if (this.savepoints.length === 0) throw new TransactionNotStartedError();
  }

  /**
   * Updates `isTransactionActive` from the first nested transaction on, because code reads it to decide
   * whether to roll back. Before that it is true, so that `save()` does not set a savepoint.
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
      // 3B001: another query runner ended its earlier savepoint first, which also ended this one.
      if ((error as { code?: string }).code === '3B001') throw new SavepointOrderError();
      throw error;
    }
  }
}
