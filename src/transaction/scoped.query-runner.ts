import { QueryRunnerAlreadyReleasedError } from 'typeorm';
import type { ReadStream } from 'typeorm/platform/PlatformTools.js';
import type { IsolationLevel } from 'typeorm/driver/types/IsolationLevel.js';
import { DatabaseQueryRunner } from '../connection/database.query-runner.js';
import { SavepointOrderError } from './errors.js';
import { currentScope } from './transaction-context.js';
import type { TransactionScope } from './transaction-scope.js';

/** Names savepoints apart, also those of several runners in one transaction. */
let savepointCount = 0;

/**
 * A query runner on the connection of an open transaction. To whoever holds it, it is a query runner
 * like any other: `release()` ends its use, and a transaction that it starts is a savepoint.
 */
export class ScopedQueryRunner extends DatabaseQueryRunner {
  private readonly savepoints: string[] = [];

  constructor(private readonly scope: TransactionScope) {
    super(scope.database, 'master');
    // TypeORM starts no transaction of its own for save() and remove() when one is active.
    this.isTransactionActive = true;
    this.transactionDepth = 1;
  }

  /**
   * The nested scope that the code runs in when it is part of this one, or else this one. A nested scope
   * that fell back stays that of the code it left behind, and refuses it.
   */
  get activeScope(): TransactionScope {
    const current = currentScope(this.database);
    return current?.isWithin(this.scope) ? current : this.scope;
  }

  override connect(): ReturnType<DatabaseQueryRunner['connect']> {
    return this.activeScope.enter((connection) => connection.connect());
  }

  override query<T = any>(
    sql: string,
    parameters?: any[],
    useStructuredResult = false,
  ): Promise<T> {
    if (this.isReleased) return Promise.reject(new QueryRunnerAlreadyReleasedError());
    return this.activeScope.enter((connection) =>
      connection.query<T>(sql, parameters, useStructuredResult),
    );
  }

  override stream(...args: Parameters<DatabaseQueryRunner['stream']>): Promise<ReadStream> {
    return this.activeScope.enter((connection) => connection.stream(...args));
  }

  override async startTransaction(_isolationLevel?: IsolationLevel): Promise<void> {
    await this.broadcaster.broadcast('BeforeTransactionStart');
    const savepoint = `runner_${++savepointCount}`;
    await this.query(`SAVEPOINT ${savepoint}`);
    this.savepoints.push(savepoint);
    this.transactionDepth++;
    await this.broadcaster.broadcast('AfterTransactionStart');
  }

  override async commitTransaction(): Promise<void> {
    await this.broadcaster.broadcast('BeforeTransactionCommit');
    await this.end('RELEASE SAVEPOINT');
    await this.broadcaster.broadcast('AfterTransactionCommit');
  }

  override async rollbackTransaction(): Promise<void> {
    await this.broadcaster.broadcast('BeforeTransactionRollback');
    await this.end('ROLLBACK TO SAVEPOINT');
    await this.broadcaster.broadcast('AfterTransactionRollback');
  }

  override release(): Promise<void> {
    this.isReleased = true;
    this.scope.released(this);
    return Promise.resolve();
  }

  /** `await using`: what the runner left open is committed, and the transaction around stays open. */
  override async [Symbol.asyncDispose](): Promise<void> {
    try {
      while (this.savepoints.length > 0) await this.commitTransaction();
    } finally {
      await this.release();
    }
  }

  private async end(command: 'RELEASE SAVEPOINT' | 'ROLLBACK TO SAVEPOINT'): Promise<void> {
    const savepoint = this.savepoints.pop();
    // The transaction around is not this runner's to end.
    if (savepoint === undefined) throw new SavepointOrderError();
    this.transactionDepth--;
    try {
      await this.query(`${command} ${savepoint}`);
    } catch (error) {
      // 3B001: another runner's savepoint, opened earlier and closed first, took this one with it.
      if ((error as { code?: string }).code === '3B001') throw new SavepointOrderError();
      throw error;
    }
  }
}
