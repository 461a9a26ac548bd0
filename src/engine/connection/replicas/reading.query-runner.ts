import { DatabaseError } from 'pg';
import type { IsolationLevel } from 'typeorm/driver/types/IsolationLevel.js';
import type { ReadStream } from 'typeorm/platform/PlatformTools.js';
import { QueryRunnerAlreadyReleasedError } from 'typeorm';
import type { ConnectingDataSource } from '../connecting.data-source.js';
import { DatabaseBroadcaster } from '../database.broadcaster.js';
import { DatabaseQueryRunner } from '../database.query-runner.js';
import { PoolExhaustedError } from '../errors.js';
import { isEndOfServer } from '../lost-connection.js';
import { mayWrite } from '../../driver/statement-kinds.js';
import type { Replica } from './replica.js';
import { ReplicaBehindError, ReplicaQueryRunner } from './replica.query-runner.js';

/**
 * A query runner for reads outside a transaction. It runs them on a replica, and when that fails for a reason
 * that lies with the replica, on another one, and in the end on the primary. A transaction is on the primary.
 */
export class ReadingQueryRunner extends DatabaseQueryRunner {
  /** The query runner on the connection of the server in use. */
  private server: DatabaseQueryRunner | undefined;
  private readonly failed = new Set<Replica>();

  constructor(database: ConnectingDataSource) {
    super(database, 'slave');
  }

  override get client(): DatabaseQueryRunner['client'] {
    return this.server?.client;
  }

  override async connect(): ReturnType<DatabaseQueryRunner['connect']> {
    return await this.onSomeServer(true, (server) => server.connect());
  }

  override query<T = any>(
    sql: string,
    parameters?: any[],
    useStructuredResult = false,
  ): Promise<T> {
    return this.onSomeServer(!mayWrite(sql, false), (server) =>
      server.query<T>(sql, parameters, useStructuredResult),
    );
  }

  override queryWithin<T = any>(timeoutMs: number, sql: string, parameters: any[]): Promise<T> {
    return this.onSomeServer(true, (server) => server.queryWithin<T>(timeoutMs, sql, parameters));
  }

  /** Streams from a replica that has replayed enough: rows that have been read cannot be taken back. */
  override async stream(...args: Parameters<DatabaseQueryRunner['stream']>): Promise<ReadStream> {
    if (this.database.readPositions?.required !== undefined) await this.moveToPrimary();
    return await this.onSomeServer(true, (server) => server.stream(...args));
  }

  override async startTransaction(isolationLevel?: IsolationLevel): Promise<void> {
    await this.moveToPrimary();
    await this.server!.startTransaction(isolationLevel);
    this.follow();
  }

  override async commitTransaction(): Promise<void> {
    if (this.server === undefined) return await super.commitTransaction();
    await this.server.commitTransaction();
    this.follow();
  }

  override async rollbackTransaction(): Promise<void> {
    if (this.server === undefined) return await super.rollbackTransaction();
    await this.server.rollbackTransaction();
    this.follow();
  }

  override async release(): Promise<void> {
    if (this.isReleased) return;
    this.isReleased = true;
    await this.server?.release();
  }

  override discard(reason: Error): void {
    this.server?.discard(reason);
  }

  override async cutOff(reason: Error): Promise<void> {
    this.isReleased = true;
    await this.server?.cutOff(reason);
  }

  /**
   * Runs `work` on the server in use, else on the least busy replica.
   *
   * @param mayRepeat whether it may run again on another server
   */
  private async onSomeServer<T>(
    mayRepeat: boolean,
    work: (server: DatabaseQueryRunner) => Promise<T>,
  ): Promise<T> {
    for (;;) {
      if (this.isReleased) throw new QueryRunnerAlreadyReleasedError();
      const server = (this.server ??= this.pick());
      try {
        await server.connect();
      } catch (error) {
        if (!(server instanceof ReplicaQueryRunner) || error instanceof PoolExhaustedError) {
          throw error;
        }
        // A server that refuses a connection is there, and may still be working on other reads.
        if (!(error instanceof DatabaseError)) server.replica.eject(error as Error);
        await this.leave(server);
        continue;
      }
      const isInTransaction = server.client?.getTransactionStatus() !== 'I';
      try {
        return await work(server);
      } catch (error) {
        if (!(server instanceof ReplicaQueryRunner) || isInTransaction) throw error;
        const mayMove = error instanceof ReplicaBehindError || (mayRepeat && liesWithServer(error));
        if (!mayMove) throw error;
        if (codeOf(error) === 'CONNECTION_LOST') void server.replica.check();
        await this.leave(server);
      }
    }
  }

  private pick(): DatabaseQueryRunner {
    const { database } = this;
    const required = database.readPositions?.required;
    const replica = database.replicas.pick(this.failed, required);
    return this.speakingFor(
      replica === undefined
        ? new DatabaseQueryRunner(database, 'master')
        : new ReplicaQueryRunner(database, replica),
    );
  }

  /** In its events, this is the query runner. */
  private speakingFor(server: DatabaseQueryRunner): DatabaseQueryRunner {
    server.broadcaster = new DatabaseBroadcaster(server, this);
    return server;
  }

  private async leave(server: ReplicaQueryRunner): Promise<void> {
    this.failed.add(server.replica);
    if (this.server === server) this.server = undefined;
    await server.release();
  }

  private async moveToPrimary(): Promise<void> {
    const { server, database } = this;
    if (server !== undefined && !(server instanceof ReplicaQueryRunner)) return;
    this.server = this.speakingFor(new DatabaseQueryRunner(database, 'master'));
    await server?.release();
  }

  private follow(): void {
    const { isTransactionActive } = this.server!;
    this.isTransactionActive = isTransactionActive;
  }
}

/** Whether a read may succeed on another server. */
function liesWithServer(error: unknown): boolean {
  // 40001: what the replica replays conflicts with the read.
  return isEndOfServer(error) || /^(?:CONNECTION_LOST|40001)$/.test(codeOf(error));
}

function codeOf(error: unknown): string {
  return String((error as { code?: unknown } | null | undefined)?.code);
}
