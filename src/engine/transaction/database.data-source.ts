import type { EntityManager, Migration, QueryRunner, ReplicationMode } from 'typeorm';
import {
  ConnectingDataSource,
  type HeldConnections,
} from '../connection/connecting.data-source.js';
import type { DatabaseQueryRunner } from '../connection/database.query-runner.js';
import { PoolTooSmallError } from '../connection/errors.js';
import type { MigrationOptions } from '../connection/run-migrations.js';
import { DatabaseEntityManager } from './database.entity-manager.js';
import { runOutsideTransaction } from './run-outside-transaction.js';
import { noteRunning } from './running-databases.js';
import { currentScope, heldConnections, isSuspendedAround } from './transaction-context.js';

/**
 * TypeORM's data source, with transactions that follow the async context: what the running code asks for is on
 * the connection of its transaction. All methods that change the schema run outside that transaction.
 */
export class DatabaseDataSource extends ConnectingDataSource {
  private noLongerRunning = (): unknown => undefined;

  /**
   * Connects, and applies pending migrations if the option `migrate` is set.
   *
   * @throws StartupError that says what is wrong with the address, the login, the server or its
   *   extensions, and what to do
   * @throws CannotConnectAlreadyConnectedError when it is connected or connecting already, which continues
   * @throws TypeORMError when the entities or their relations are wrong
   */
  override async initialize(): Promise<this> {
    await super.initialize();
    this.noLongerRunning = noteRunning(this);
    return this;
  }

  /**
   * Closes the pool, and stops the embedded engine. Running statements fail.
   *
   * @throws CannotExecuteNotConnectedError when it is not connected
   */
  override async destroy(): Promise<void> {
    this.noLongerRunning();
    await super.destroy();
  }

  /**
   * Repositories, query builders, `transaction()` and `query()` all get their connection here: that of the
   * current transaction, else one of the pool.
   *
   * @throws PoolTooSmallError when the code runs outside a transaction that holds the only connection
   */
  override createQueryRunner(mode?: ReplicationMode): DatabaseQueryRunner {
    const scope = currentScope(this);
    if (scope !== undefined) return scope.createQueryRunner();
    this.assertConnectionToSpare();
    return super.createQueryRunner(mode);
  }

  override createEntityManager(queryRunner?: QueryRunner): EntityManager {
    return new DatabaseEntityManager(this, queryRunner);
  }

  /**
   * Applies pending migrations on a connection of their own. Their actor is that of the caller, else
   * `migrations`.
   *
   * @throws PoolTooSmallError when the caller's transaction holds the pool's only connection
   */
  override async runMigrations(options?: MigrationOptions): Promise<Migration[]> {
    this.assertConnectionToSpare();
    return runOutsideTransaction(this, () => super.runMigrations(options));
  }

  override async undoLastMigration(options?: MigrationOptions): Promise<void> {
    this.assertConnectionToSpare();
    return runOutsideTransaction(this, () => super.undoLastMigration(options));
  }

  override async showMigrations(): Promise<boolean> {
    return runOutsideTransaction(this, () => super.showMigrations());
  }

  override async synchronize(dropBeforeSync?: boolean): Promise<void> {
    return runOutsideTransaction(this, () => super.synchronize(dropBeforeSync));
  }

  override async dropDatabase(): Promise<void> {
    return runOutsideTransaction(this, () => super.dropDatabase());
  }

  /**
   * Asks the primary how a transaction ended, for example after `CommitUnknownError`. Answers undefined for a
   * transaction that is too old for the server to remember.
   *
   * Only the server that ran the transaction is sure to know. A standby that was promoted without it answers
   * `aborted` until it gives the id to a transaction of its own, and then how that one ended.
   *
   * @param transactionId PostgreSQL's id of the transaction, a decimal string
   */
  async transactionOutcome(
    transactionId: string,
  ): Promise<'committed' | 'aborted' | 'in progress' | undefined> {
    return runOutsideTransaction(this, async () => {
      try {
        const [row] = await this.read<{ outcome: 'committed' | 'aborted' | 'in progress' | null }>(
          'SELECT pg_xact_status($1::xid8) AS outcome',
          [transactionId],
        );
        return row!.outcome ?? undefined;
      } catch (error) {
        // 22023: the id is in the future of this server.
        if ((error as { code?: string }).code === '22023') return 'aborted';
        throw error;
      }
    });
  }

  /** @internal */
  override get heldConnections(): HeldConnections {
    return heldConnections(this);
  }

  /** Whether a transaction or migration that waits for the running code holds a connection. */
  override get isConnectionHeldAround(): boolean {
    return isSuspendedAround(this) || super.isConnectionHeldAround;
  }

  /**
   * @throws PoolTooSmallError when the pool's only connection is held by a transaction or migration that
   * waits for the caller
   */
  assertConnectionToSpare(): void {
    if (this.config.poolSize === 1 && this.isConnectionHeldAround) throw new PoolTooSmallError();
  }
}
