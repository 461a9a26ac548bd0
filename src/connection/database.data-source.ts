import { Logger } from '@nestjs/common';
import {
  DataSource,
  type EntityManager,
  type EntityMetadata,
  type Migration,
  MigrationExecutor,
  type QueryRunner,
  type ReplicationMode,
} from 'typeorm';
import type { PostgresDriver } from 'typeorm/driver/postgres/PostgresDriver.js';
import { ActorContext } from '../actor/actor-context.js';
import { AttributionSubscriber } from '../actor/attribution.subscriber.js';
import type { DatabaseConfig } from '../config/database.config.js';
import { EmbeddedEngine } from '../embedded/embedded-engine.js';
import { entities } from '../entities.js';
import { QueryLogger } from '../logging/query.logger.js';
import { PoolTooSmallError } from '../transaction/errors.js';
import { noteRunning } from '../transaction/running-databases.js';
import { currentScope, isSuspendedAround } from '../transaction/transaction-context.js';
import { withBackOff } from './back-off.js';
import { describeConnectionFailure, isTransientConnectionFailure } from './connection-failure.js';
import type { DatabaseDataSourceOptions } from './data-source-options.js';
import { DatabaseEntityManager } from './database.entity-manager.js';
import { DatabaseQueryRunner } from './database.query-runner.js';
import { DatabaseVersionError } from './errors.js';
import { describeMigrationFailure } from './migration-failure.js';
import { withMigrationLock, type TransactionMode } from './migration-lock.js';
import { isOnPrimary } from './on-primary.js';

/** The oldest major version of PostgreSQL that has what the schema needs (NULLS NOT DISTINCT). */
const oldestVersion = 15;

/**
 * TypeORM's data source, which besides owns the embedded engine when there is one, waits for a
 * database that is not there yet, and migrates under a lock.
 */
export class DatabaseDataSource extends DataSource {
  declare readonly options: DatabaseDataSourceOptions;
  declare driver: PostgresDriver;
  readonly config: DatabaseConfig;
  readonly queryLogger: QueryLogger;
  private readonly log = new Logger(DatabaseDataSource.name);
  private engine: EmbeddedEngine | undefined;
  private noLongerRunning = (): unknown => undefined;

  constructor(options: DatabaseDataSourceOptions) {
    super(options);
    this.config = options.config;
    this.queryLogger = new QueryLogger(options.config.slowQuery);
  }

  /**
   * Connects, and applies pending migrations when the settings say so.
   *
   * @throws StartupError that says what is wrong with the address, the login, the server or its
   *   extensions, and what to do
   */
  override async initialize(): Promise<this> {
    await this.startEngine();
    try {
      await this.connectWithBackOff();
      if (this.config.migrate) await this.runMigrations();
      this.noLongerRunning = noteRunning(this);
    } catch (error) {
      if (this.isInitialized) await this.destroy();
      else await this.stopEngine();
      throw error;
    }
    return this;
  }

  /** Closes the pool, and the embedded engine with it. What is still under way there fails. */
  override async destroy(): Promise<void> {
    this.noLongerRunning();
    try {
      // TypeORM would release each behind its last statement, and that one may never end.
      for (const queryRunner of [...this.driver.connectedQueryRunners]) {
        await (queryRunner as DatabaseQueryRunner).cutOff(new Error('the data source was closed'));
      }
      await super.destroy();
    } finally {
      await this.stopEngine();
    }
  }

  override async runMigrations(options?: {
    transaction?: TransactionMode;
    fake?: boolean;
  }): Promise<Migration[]> {
    return this.migrating(options, async (executor, queryRunner) => {
      const applied = await executor.executePendingMigrations();
      // One may have changed a table and forgotten what records it.
      if (applied.length > 0 && options?.fake !== true) await renewRecorders(queryRunner);
      return applied;
    });
  }

  override async undoLastMigration(options?: {
    transaction?: TransactionMode;
    fake?: boolean;
  }): Promise<void> {
    return this.migrating(options, (executor) => executor.undoLastMigration());
  }

  /** @throws EmbeddedEngineFailedError when there was an embedded engine, and it stopped by itself */
  assertEngineRuns(): void {
    if (this.engine?.failure !== undefined) throw this.engine.failure;
  }

  /** The entities of the application's own, beside the package's. */
  get hostEntities(): EntityMetadata[] {
    const ours = new Set<unknown>(entities);
    return this.entityMetadatas.filter(({ target }) => !ours.has(target));
  }

  /** Where TypeORM sends what it reads outside a transaction. */
  override defaultReplicationModeForReads(): ReplicationMode {
    return isOnPrimary() ? 'master' : super.defaultReplicationModeForReads();
  }

  /** Runs a statement that only reads, in the transaction around or on its own on the primary; its rows. */
  async read<Row>(sql: string, parameters?: unknown[]): Promise<Row[]> {
    const queryRunner = this.createQueryRunner();
    try {
      return (await queryRunner.query(sql, parameters, true)).records;
    } finally {
      await queryRunner.release();
    }
  }

  /**
   * The names of migrations that the database has not run, oldest first.
   *
   * TypeORM looks for its list in the information schema, which hides it from a login that may not read it:
   * to that one all would seem to be pending. Here it is told.
   */
  async pendingMigrations(): Promise<string[]> {
    const [found] = await this.read<{ exists: boolean }>(
      `SELECT to_regclass('migrations') IS NOT NULL AS exists`,
    );
    const run = found!.exists
      ? await this.read<{ name: string }>('SELECT name FROM migrations')
      : [];
    const names = new Set(run.map(({ name }) => name));
    return this.migrations
      .map((migration) => migration.name ?? migration.constructor.name)
      .filter((name) => !names.has(name))
      .sort((a, b) => timestampOf(a) - timestampOf(b));
  }

  /**
   * The one door through which repositories, query builders, `transaction()` and `query()` get a
   * connection: that of the transaction around the code, or else one of the pool.
   *
   * @throws PoolTooSmallError when the code runs outside a transaction that holds the only connection
   */
  override createQueryRunner(mode: ReplicationMode = 'master'): DatabaseQueryRunner {
    const scope = currentScope(this);
    if (scope !== undefined) return scope.createQueryRunner();
    this.assertConnectionToSpare();
    return this.createDetachedQueryRunner(mode);
  }

  /** A query runner on a pooled connection of its own, whatever transaction is around. */
  createDetachedQueryRunner(mode: ReplicationMode = 'master'): DatabaseQueryRunner {
    const queryRunner = new DatabaseQueryRunner(this, mode);
    Object.assign(queryRunner, { manager: this.createEntityManager(queryRunner) });
    return queryRunner;
  }

  override createEntityManager(queryRunner?: QueryRunner): EntityManager {
    return new DatabaseEntityManager(this, queryRunner);
  }

  /** @throws PoolTooSmallError when the pool's one connection is held further out */
  assertConnectionToSpare(): void {
    if (this.config.poolSize === 1 && isSuspendedAround(this)) throw new PoolTooSmallError();
  }

  /** TypeORM's command line replaces the list of subscribers; ours is not up to choice. */
  protected override async buildMetadatas(): Promise<void> {
    await super.buildMetadatas();
    this.subscribers.push(new AttributionSubscriber(this));
  }

  private async migrating<T>(
    options: { transaction?: TransactionMode; fake?: boolean } = {},
    work: (executor: MigrationExecutor, queryRunner: QueryRunner) => Promise<T>,
  ): Promise<T> {
    const migrate = () =>
      withMigrationLock(this, options.transaction ?? 'all', (executor, queryRunner) => {
        executor.fake = options.fake ?? false;
        return work(executor, queryRunner);
      });
    try {
      return await (ActorContext.current()
        ? migrate()
        : ActorContext.run({ name: 'migrations' }, migrate));
    } catch (error) {
      throw describeMigrationFailure(error);
    }
  }

  private async connectWithBackOff(): Promise<void> {
    let attempts = 0;
    try {
      await withBackOff(
        this.config.connectAttempts,
        () => {
          attempts++;
          return super.initialize();
        },
        isTransientConnectionFailure,
        (_error, attempt, pauseMs) =>
          this.log.warn(
            `The database does not answer (attempt ${attempt} of ${this.config.connectAttempts}); next try in ${pauseMs} ms.`,
          ),
      );
    } catch (error) {
      throw describeConnectionFailure(error as Error, this.config, attempts);
    }
    const version = this.driver.version ?? '0';
    if (Number.parseInt(version, 10) < oldestVersion) throw new DatabaseVersionError(version);
  }

  private async startEngine(): Promise<void> {
    const { connection } = this.config;
    if (connection.kind !== 'embedded') return;
    this.engine = await EmbeddedEngine.start(connection.dataDir);
    this.setOptions({ host: this.engine.host, port: this.engine.port });
  }

  private async stopEngine(): Promise<void> {
    await this.engine?.stop();
    this.engine = undefined;
  }
}

/**
 * Renews what records the tables that have changed since it was made, and returns their names.
 *
 * @throws QueryFailedError when such a table cannot be recorded as it is by now
 */
export async function renewRecorders(queryRunner: QueryRunner): Promise<string[]> {
  const rows = (await queryRunner.query('SELECT audit.renew() AS name')) as { name: string }[];
  return rows.map(({ name }) => name);
}

/** A migration's name ends with it (TypeORM's documentation, "Creating manually"). */
function timestampOf(migration: string): number {
  return Number(migration.slice(-13));
}
