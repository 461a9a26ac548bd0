import type { PoolClient } from 'pg';
import type { ReadStream } from 'typeorm/platform/PlatformTools.js';
import { QueryRunnerAlreadyReleasedError, type ReplicationMode } from 'typeorm';
import type { PostgresDriver } from 'typeorm/driver/postgres/PostgresDriver.js';
import { PostgresQueryRunner } from 'typeorm/driver/postgres/PostgresQueryRunner.js';
import { currentAttribution, endedOccasion } from '../actor/actor-context.js';
import { kindOfActor } from '../actor/kind-of-actor.js';
import { warnOfLateWrite } from '../actor/late-writes.js';
import { outsideContext } from '../common/context-storage.js';
import { SerialQueue } from '../common/serial-queue.js';
import { DatabaseBroadcaster } from './database.broadcaster.js';
import { isBatchable, type DatabaseClient } from '../driver/database.client.js';
import type { ConnectingDataSource } from './connecting.data-source.js';
import type { CommitPositions, StatementPosition } from './replicas/commit-position.js';
import {
  CommitUnknownError,
  ConnectionBusyError,
  ConnectionLostError,
  PoolExhaustedError,
  TransactionAbortedError,
} from './errors.js';
import {
  isEndOfServer,
  isNotFromServer,
  isShutdown,
  noteFailureOfPool,
} from './lost-connection.js';
import { endWithConnection } from './end-with-connection.js';
import { redactQueryError } from './redact-query-error.js';
import { SilentServerError } from '../driver/transient-failures.js';
import { showCaller } from './show-caller.js';
import { summarize } from '../driver/statement-summary.js';
import type {
  ObservedStatement,
  ObservedTransaction,
  Origin,
  Telemetry,
  TransactionOutcome,
} from '../telemetry/telemetry.js';
import {
  beginsTransaction,
  canJoinTransaction,
  commitsTransaction,
  configuresTransaction,
  endsTransaction,
  mayWrite,
} from '../driver/statement-kinds.js';
import { Turn } from './turn.js';

type Connection = PoolClient & DatabaseClient;

/**
 * TypeORM's query runner on a connection of its own. In addition to TypeORM's, it
 *
 * - runs the statements of its connection strictly one after another, each with its attribution;
 * - runs a write outside any transaction in a transaction of its own, so that it has an actor;
 * - logs each query with its duration, and removes values of rows from errors.
 */
export class DatabaseQueryRunner extends PostgresQueryRunner {
  /**
   * Whether the running statement is a write that is sent in one batch with its attribution, as its own
   * transaction.
   */
  writesByItself = false;
  /** Whether transactions on this connection have the timeouts of migrations: none but that for locks. */
  hasMigrationTimeouts = false;
  /**
   * Whether its statements have the privileges of the login and reach the rows of all tenants, as migrations
   * need. Others run as the role of the option `tenancy`.
   */
  isUnrestricted = false;
  /** Called when the connection is lost while this query runner uses it. */
  onLost: ((error: ConnectionLostError) => void) | undefined;
  /** The transaction that its statements are part of, if telemetry is on. */
  transaction: ObservedTransaction | undefined;
  /** Whether the transaction began and ends with statements of this query runner. */
  private ownsTransaction = false;
  /** How long the wait for the connection took, in milliseconds, if telemetry is on. */
  private waitedMs = 0;
  private readonly queue = new SerialQueue();
  private connecting: Promise<Connection> | undefined;
  /** The reason to close the connection instead of using it again. */
  private discarded: Error | undefined;
  private lost: ConnectionLostError | undefined;
  /** The reason to close the connection once it is released. */
  private retired: Error | undefined;
  private readonly commits: CommitPositions | undefined;
  /** The statement that is about to be sent. */
  private next: StatementPosition | undefined;

  constructor(
    protected readonly database: ConnectingDataSource,
    mode: ReplicationMode,
    driver: PostgresDriver = database.driver,
  ) {
    super(driver, mode);
    this.broadcaster = new DatabaseBroadcaster(this);
    this.commits = mode === 'master' ? database.commitPositions() : undefined;
  }

  /** The connection; undefined before the first statement. */
  get client(): Connection | undefined {
    return this.databaseConnection as Connection | undefined;
  }

  /**
   * @throws ConnectionLostError once the connection is gone
   * @throws QueryRunnerAlreadyReleasedError after `release()`, when the connection may be in use elsewhere
   */
  override connect(): Promise<Connection> {
    const { unusable } = this;
    if (unusable !== undefined) return Promise.reject(unusable);
    return (this.connecting ??= this.takeConnection());
  }

  override query<T = any>(
    sql: string,
    parameters?: any[],
    useStructuredResult = false,
  ): Promise<T> {
    return this.inTurn(async () => {
      const client = this.idleClient ?? (await this.connectInTurn());
      if (beginsTransaction(sql)) {
        if (this.database.telemetry !== undefined) this.noteBegin(this.database.telemetry);
        return client.beginWithNext(sql) as T;
      }
      if (client.isBeginning && configuresTransaction(sql)) {
        return client.sendWithNext({ text: sql }) as T;
      }
      const isRaw = !useStructuredResult;
      if (endedOccasion() !== undefined && mayWrite(sql, isRaw)) warnOfLateWrite();
      const status = client.getTransactionStatus();
      if (status === 'T' || status === 'E' || !this.needsTransaction(sql, isRaw)) {
        return await this.run<T>(sql, parameters, useStructuredResult);
      }
      if (!isBatchable(sql, parameters)) {
        return await this.runInTransaction<T>(sql, parameters, useStructuredResult);
      }
      const isLoneWrite = this.hasToAttribute(sql, isRaw);
      return await this.run<T>(sql, parameters, useStructuredResult, isLoneWrite);
    });
  }

  /**
   * Runs a statement that only reads, and has PostgreSQL cancel it after a time. Outside a transaction the time
   * goes with the statement, without a round trip of its own, and ends with it. In a transaction, the limit of
   * before is back with the next statement.
   */
  queryWithin<T = any>(timeoutMs: number, sql: string, parameters: any[]): Promise<T> {
    return this.inTurn(async () => {
      const client = await this.connectInTurn();
      const limit = String(timeoutMs);
      if (client.getTransactionStatus() !== 'T') {
        client.sendWithNext({ text: `SELECT ${setTimeLimit}`, values: [limit] });
        return await this.run<T>(sql, parameters, true);
      }
      // A statement of its own: the first one of a transaction brings the limit of the transaction along.
      const set = `SELECT current_setting('statement_timeout') AS before, ${setTimeLimit}`;
      const { records } = await this.run<{ records: [{ before: string }] }>(set, [limit], true);
      const result = await this.run<T>(sql, parameters, true);
      client.sendWithNext({ text: `SELECT ${setTimeLimit}`, values: [records[0].before] });
      return result;
    });
  }

  /**
   * Waits for its turn, as a statement does, so that statements which wait for the next one do not go with
   * the stream.
   */
  override stream(...args: Parameters<PostgresQueryRunner['stream']>): Promise<ReadStream> {
    return this.inTurn(async () => {
      const client = await this.connectInTurn();
      // TypeORM raises no event for a stream.
      this.attribute(args[0]);
      const { telemetry } = this.database;
      if (telemetry === undefined) return endWithConnection(await super.stream(...args), client);
      const done = telemetry.stream(this.observedStatement(args[0], false));
      try {
        const stream = endWithConnection(await super.stream(...args), client);
        stream.once('error', done).once('close', () => done());
        return stream;
      } catch (error) {
        done(error);
        throw error;
      }
    });
  }

  /** @throws TransactionAbortedError when PostgreSQL rolled back what was to be committed */
  override async commitTransaction(): Promise<void> {
    const client = await this.inTurn(() => this.connectInTurn());
    // PostgreSQL answers COMMIT of a failed transaction with a rollback, and with no error.
    const failed = client.getTransactionStatus() === 'E' && this.transactionDepth <= 1;
    await super.commitTransaction();
    if (failed) throw new TransactionAbortedError();
  }

  /**
   * Commits the transaction without TypeORM's events.
   *
   * @throws TransactionAbortedError when PostgreSQL rolled back what was to be committed
   */
  commit(): Promise<void> {
    return this.inTurn(async () => {
      const client = await this.connectInTurn();
      const failed = client.getTransactionStatus() === 'E';
      await this.run('COMMIT');
      if (failed) throw new TransactionAbortedError();
    });
  }

  /**
   * Gives the connection back once the queued statements have ended. With an open transaction or a running
   * stream it is closed instead: the pool must not lend it again.
   */
  override release(): Promise<void> {
    return this.inTurn(async () => {
      // A connection that is still being opened has to be given back too.
      await this.connecting?.catch(() => undefined);
      if (this.isReleased) return;
      const client = this.databaseConnection as PoolClient | undefined;
      if (client !== undefined) await this.connectInTurn().catch(() => undefined);
      const status = client?.getTransactionStatus();
      if (status === 'T' || status === 'E') {
        this.discard(new Error('the query runner was released with its transaction open'));
      }
      await super.release();
      if (this.ownsTransaction) this.noteEnd('rolled_back');
    });
  }

  /**
   * Marks a connection whose state is unknown: on release, the pool closes it instead of lending it again.
   */
  discard(reason: Error): void {
    this.discarded ??= reason;
    const { releaseCallback } = this;
    this.releaseCallback = releaseCallback && (() => releaseCallback(reason));
  }

  /** Closes the connection at once, also while a statement runs. */
  async cutOff(reason: Error): Promise<void> {
    this.discard(reason);
    await super.release();
  }

  /** Tells the connection who writes, right before a statement is sent. */
  attribute(query: string): void {
    this.database.attribution.beforeQuery({ query, queryRunner: this });
    if (this.next?.sql === query) this.next.sending();
  }

  /**
   * Runs one statement on this connection and logs it.
   *
   * @param isLoneWrite whether it is a write outside any transaction, which is sent in one batch with its
   *   attribution. PostgreSQL treats the batch as one transaction (manual, "Pipelining").
   */
  protected async run<T>(
    sql: string,
    parameters?: any[],
    useStructuredResult = false,
    isLoneWrite = false,
  ): Promise<T> {
    const startedAt = performance.now();
    const commits = commitsTransaction(sql) || this.commitsByItself(sql);
    const outer = { next: this.next, writesByItself: this.writesByItself };
    const position = this.commits?.statement(this.client!, sql, !useStructuredResult);
    this.next = position;
    this.writesByItself = isLoneWrite;
    this.identifyTransaction(sql);
    const { telemetry } = this.database;
    try {
      const result = (
        telemetry === undefined
          ? await super.query(sql, parameters, useStructuredResult)
          : await this.observed(telemetry, commits, sql, parameters, useStructuredResult)
      ) as T;
      const durationMs = performance.now() - startedAt;
      this.database.queryLogger.succeeded(sql, durationMs, this.hasMigrationTimeouts);
      await position?.succeeded();
      return result;
    } catch (error) {
      const redacted = showCaller(redactQueryError(error));
      this.database.queryLogger.failed(sql, redacted);
      await this.awaitReady();
      if (isEndOfServer(redacted)) this.retired ??= error as Error;
      const described = this.describeLoss(redacted, commits);
      if (described instanceof CommitUnknownError) position?.outcomeUnknown();
      if (telemetry !== undefined && commits) this.noteFailure(telemetry, sql, described);
      throw described;
    } finally {
      this.next = outer.next;
      this.writesByItself = outer.writesByItself;
    }
  }

  /** Asks for the id of a transaction with its first write, for the case that the answer to COMMIT gets lost. */
  private identifyTransaction(sql: string): void {
    const client = this.client!;
    if (client.getTransactionStatus() !== 'T') client.transactionId = undefined;
    else if (client.transactionId === undefined && mayWrite(sql, false) && !endsTransaction(sql)) {
      client.identifyWithNext();
    }
  }

  /** Whether a statement writes and is not part of a transaction that is open. */
  private commitsByItself(sql: string): boolean {
    const status = this.client!.getTransactionStatus();
    return status !== 'T' && status !== 'E' && mayWrite(sql, false);
  }

  /**
   * The error of a statement that failed, perhaps since the connection was lost.
   *
   * @param commits whether the statement commits what it or its transaction has written
   */
  private describeLoss(error: unknown, commits: boolean): unknown {
    const isLost = isNotFromServer(error) ? this.lost !== undefined : isShutdown(error);
    if (!isLost) return error;
    const cause = this.lost ?? (error as Error);
    if (commits) return new CommitUnknownError(this.client?.transactionId, cause);
    return isNotFromServer(error) ? this.lost : error;
  }

  /** Runs `work` after the queued statements; for code of a subscriber, after those of that subscriber. */
  protected inTurn<T>(work: () => Promise<T>): Promise<T> {
    return (Turn.current(this)?.queue ?? this.queue).run(work);
  }

  private takeConnection(): Promise<Connection> {
    const { telemetry } = this.database;
    return telemetry === undefined ? this.takeAdmitted() : this.takeTimed(telemetry);
  }

  /** Takes a connection, and shows how long that took. */
  private async takeTimed(telemetry: Telemetry): Promise<Connection> {
    const startedAt = performance.now();
    let failed = true;
    try {
      const client = await this.takeAdmitted();
      failed = false;
      return client;
    } finally {
      this.waitedMs = performance.now() - startedAt;
      // The metrics of the pool are those of the primary.
      if (this.mode === 'master') telemetry.waited(this.waitedMs, failed);
      if (failed) this.transaction?.begin(originOfStatement(), this.waitedMs);
    }
  }

  private async takeAdmitted(): Promise<Connection> {
    this.database.assertEngineRuns();
    const gate = this.mode === 'master' ? this.database.gate : undefined;
    const { depth, holder } = this.database.heldConnections;
    const leave = await gate?.enter(depth, holder, this.database.callerKey());
    let client: Connection;
    try {
      client = await this.openConnection();
    } catch (error) {
      client = await this.openAgain(error).catch((failure: unknown) => {
        leave?.();
        noteFailureOfPool(failure);
        throw this.describeFailure(failure);
      });
    }
    const { releaseCallback } = this;
    // The callback gets an error when the connection was lost, and when it was discarded.
    this.releaseCallback = (error: Error | undefined) => {
      outsideContext(() => releaseCallback?.(error ?? this.retired));
      leave?.();
      if (error !== undefined && this.discarded === undefined) this.lose(error);
    };
    return client;
  }

  /** Begins again if the server, or the one that took its place, answers others meanwhile. */
  private async openAgain(failure: unknown): Promise<Connection> {
    if (!(failure instanceof SilentServerError)) throw failure;
    Object.assign(this, { databaseConnectionPromise: undefined });
    return await this.openConnection();
  }

  private openConnection(): Promise<Connection> {
    return outsideContext(() => super.connect()) as Promise<Connection>;
  }

  private describeFailure(error: unknown): unknown {
    if (error instanceof Error && /timeout exceeded when trying to connect/.test(error.message)) {
      const { poolSize, connectTimeout } = this.database.config;
      return PoolExhaustedError.afterTime(poolSize, connectTimeout, error);
    }
    return error;
  }

  private lose(error: Error): void {
    this.lost = new ConnectionLostError(error);
    this.onLost?.(this.lost);
  }

  /** The connection, if a statement can be sent at once. Waiting for a promise takes time in every statement. */
  private get idleClient(): Connection | undefined {
    const { client } = this;
    return client?.isIdle && this.unusable === undefined ? client : undefined;
  }

  /** Why no statement can be sent; undefined if one can. */
  private get unusable(): Error | undefined {
    const reason = this.discarded ?? this.lost;
    return reason ?? (this.isReleased ? new QueryRunnerAlreadyReleasedError() : undefined);
  }

  private assertUsable(): void {
    const { unusable } = this;
    if (unusable !== undefined) throw unusable;
  }

  /**
   * Returns the connection once no query runs on it: neither a stream nor a query that the application sent on
   * the client itself. The wait has a limit, because a stream that nobody reads never ends.
   */
  private async connectInTurn(): Promise<Connection> {
    this.assertUsable();
    const client = this.client ?? (await this.connect());
    if (client.isIdle) return client;
    const { connectTimeout } = this.database.config;
    try {
      await client.untilIdle(connectTimeout);
    } catch (error) {
      if ((error as Error).name !== 'AbortError') throw error;
      this.discard(new ConnectionBusyError(connectTimeout));
      throw this.discarded!;
    }
    this.assertUsable();
    return client;
  }

  /**
   * Waits for the state of the transaction after a failure. The driver reports an error before the server sends
   * that state; the answer to another, empty query comes after it.
   */
  private async awaitReady(): Promise<void> {
    const client = this.databaseConnection as PoolClient | undefined;
    if (this.isReleased || client === undefined) return;
    const { telemetry } = this.database;
    const ask = () => client.query('');
    // On a lost connection this query fails too.
    await (telemetry === undefined ? ask() : telemetry.unseen(ask)).catch(() => undefined);
  }

  /** Sends a statement, and shows it with its transaction. */
  private async observed(
    telemetry: Telemetry,
    commits: boolean,
    sql: string,
    parameters: any[] | undefined,
    useStructuredResult: boolean,
  ): Promise<unknown> {
    const { writes } = summarize(sql);
    const ends = endsTransaction(sql);
    const hasFailed = ends && this.client!.getTransactionStatus() === 'E';
    const isAlone = commits && !ends && writes;
    const statement = this.observedStatement(sql, isAlone);
    const result = await telemetry.statement(statement, () =>
      super.query(sql, parameters, useStructuredResult),
    );
    if (writes && currentAttribution()?.actor === undefined) telemetry.unattributedWrite(sql);
    if (isAlone) telemetry.loneTransaction('committed');
    else if (commits && ends && !hasFailed) this.noteEnd('committed');
    else if (ends && this.ownsTransaction && this.client?.getTransactionStatus() === 'I') {
      this.noteEnd('rolled_back');
    }
    return result;
  }

  private observedStatement(sql: string, isAlone: boolean): ObservedStatement {
    const { transaction } = this;
    const origin = isAlone ? originOfStatement() : undefined;
    return { sql, client: this.client!, transaction, origin };
  }

  private noteBegin(telemetry: Telemetry): void {
    if (this.transaction === undefined) {
      this.transaction = telemetry.transaction();
      this.ownsTransaction = true;
    }
    this.transaction.begin(originOfStatement(), this.waitedMs);
    // It waited once, and may begin several transactions.
    this.waitedMs = 0;
  }

  /** Notes that a statement which would have committed something failed. */
  private noteFailure(telemetry: Telemetry, sql: string, error: unknown): void {
    const outcome = error instanceof CommitUnknownError ? 'unknown' : 'rolled_back';
    if (commitsTransaction(sql)) {
      if (this.ownsTransaction) this.noteEnd(outcome, error);
    } else if (summarize(sql).writes) telemetry.loneTransaction(outcome);
  }

  private noteEnd(outcome: TransactionOutcome, error?: unknown): void {
    this.transaction?.ended(outcome, error, this.client?.transactionId);
    if (!this.ownsTransaction) return;
    this.transaction = undefined;
    this.ownsTransaction = false;
  }

  /**
   * Runs a write outside any transaction that cannot be in a batch, such as several statements in one text.
   */
  private async runInTransaction<T>(
    sql: string,
    parameters: any[] | undefined,
    useStructuredResult: boolean,
  ): Promise<T> {
    const client = await this.connect();
    if (this.database.telemetry !== undefined) this.noteBegin(this.database.telemetry);
    client.beginWithNext('START TRANSACTION');
    try {
      const result = await this.run<T>(sql, parameters, useStructuredResult);
      await this.run('COMMIT');
      return result;
    } catch (error) {
      // The caller gets the error of the statement, also when the rollback fails.
      await this.run('ROLLBACK').catch(() => undefined);
      throw error;
    }
  }

  private needsTransaction(sql: string, isRaw: boolean): boolean {
    return this.hasToAttribute(sql, isRaw) || (this.isRestricted && canJoinTransaction(sql));
  }

  /** Whether its statements see only rows of the tenants that are sent with them. */
  private get isRestricted(): boolean {
    return this.database.config.tenancy !== undefined && !this.isUnrestricted;
  }

  private hasToAttribute(sql: string, isRaw: boolean): boolean {
    const hasSomethingToSay =
      currentAttribution() !== undefined || this.database.config.unattributedWrites === 'reject';
    return hasSomethingToSay && mayWrite(sql, isRaw);
  }
}

/** Who makes what the running code sends. */
function originOfStatement(): Origin {
  const attribution = currentAttribution();
  return { actorKind: kindOfActor(attribution), requestId: attribution?.requestId };
}

const setTimeLimit = `set_config('statement_timeout', $1, true)`;
