import type { DatabaseConfig } from '../config/database.config.js';
import { DatabaseQueryRunner } from './database.query-runner.js';
import { mustStandAlone } from '../driver/statement-kinds.js';
import { isBlockage, retryWhileBlocked, type MigrationConnection } from './migration-blocked.js';
import { findUnfinishedIndex } from './unfinished-index.js';

/** Timeouts of the session that would end a statement outside any transaction. */
const sessionTimeouts = ['statement_timeout', 'lock_timeout'];

/**
 * The query runner of migrations. A statement waits for a lock for `timeouts.migrationLock` at most, so that it
 * does not hold up the traffic, and has no other timeout.
 *
 * Outside a transaction each statement is a transaction of its own, so that it can be retried by itself. A
 * statement that PostgreSQL refuses in a transaction, such as CREATE INDEX CONCURRENTLY, has no timeout at all:
 * it waits for old transactions without holding up new ones, and leaves an invalid index when it is cancelled.
 */
export class MigrationQueryRunner extends DatabaseQueryRunner implements MigrationConnection {
  override readonly hasMigrationTimeouts: boolean;
  readonly config: DatabaseConfig;
  blockage: unknown;

  /**
   * @param isWaitedFor whether a transaction waits for the migrations. They may wait for its locks in turn, so
   * that they then have the usual timeouts, and are not retried
   */
  constructor(
    database: DatabaseQueryRunner['database'],
    readonly isWaitedFor: boolean,
  ) {
    super(database, 'master');
    this.hasMigrationTimeouts = !isWaitedFor;
    this.isUnrestricted = true;
    this.config = database.config;
  }

  override async query<T = any>(
    sql: string,
    parameters?: any[],
    useStructuredResult = false,
  ): Promise<T> {
    const run = () => this.noted(super.query<T>(sql, parameters, useStructuredResult));
    if (this.isInTransaction) return await run();
    return await retryWhileBlocked(this, () =>
      this.canBeInTransaction(sql) ? run() : this.standAlone(sql, run),
    );
  }

  /** Whether PostgreSQL runs a statement in a transaction, unlike CREATE INDEX CONCURRENTLY. */
  canBeInTransaction(sql: string): boolean {
    return !mustStandAlone(sql);
  }

  /** Runs a statement that only reads, outside a transaction. */
  readonly readRows = async <Row>(sql: string, parameters: unknown[]): Promise<Row[]> =>
    (await super.query<{ records: Row[] }>(sql, parameters, true)).records;

  private async noted<T>(result: Promise<T>): Promise<T> {
    try {
      return await result;
    } catch (error) {
      if (isBlockage(error)) this.blockage = error;
      throw error;
    }
  }

  private get isInTransaction(): boolean {
    const status = this.client?.getTransactionStatus();
    return status === 'T' || status === 'E';
  }

  private async standAlone<T>(sql: string, run: () => Promise<T>): Promise<T> {
    const unfinished = await findUnfinishedIndex(sql, this.readRows);
    if (unfinished !== undefined) await super.query(`DROP INDEX CONCURRENTLY ${unfinished}`);
    const set = await this.readRows<{ name: string }>(
      `SELECT name FROM pg_settings WHERE name = ANY ($1) AND setting <> '0'`,
      [sessionTimeouts],
    );
    for (const { name } of set) await super.query(`SET ${name} = 0`);
    try {
      return await run();
    } finally {
      for (const { name } of set) await super.query(`RESET ${name}`).catch(() => undefined);
    }
  }
}
