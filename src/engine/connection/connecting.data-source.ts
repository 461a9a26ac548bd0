import { setTimeout as sleep } from 'node:timers/promises';
import { RequestLogger } from '../actor/request.logger.js';
import {
  CannotConnectAlreadyConnectedError,
  CannotExecuteNotConnectedError,
  DataSource,
  type EntityMetadata,
  type EntityTarget,
  getMetadataArgsStorage,
  type Migration,
  type ReplicationMode,
} from 'typeorm';
import type { PostgresDriver } from 'typeorm/driver/postgres/PostgresDriver.js';
import { ActorContext } from '../actor/actor-context.js';
import { AttributionSubscriber } from './attribution/attribution.subscriber.js';
import type { DatabaseConfig } from '../config/database.config.js';
import { EmbeddedEngine } from '../embedded/embedded-engine.js';
import type { PackagedTables } from '../config/packaged-tables.js';
import { queryLoggerFor } from './logging/host.logger.js';
import type { QueryLogger } from './logging/query.logger.js';
import { answerWithin } from '../common/answer-within.js';
import { outsideContext } from '../common/context-storage.js';
import { pauseForServer, withBackOff } from './back-off.js';
import { ConnectionGate } from './connection-gate.js';
import { isTransientConnectionFailure } from '../driver/transient-failures.js';
import { describeConnectionFailure } from './connection-failure.js';
import type { DatabaseDataSourceOptions } from './data-source-options.js';
import { DatabaseQueryRunner } from './database.query-runner.js';
import { DatabaseVersionError } from './errors.js';
import { assertHomeSchema } from './home-schema.js';
import { LazyRelationLoader } from './lazy-relation.loader.js';
import { describeMigrationFailure } from './migration-failure.js';
import { isMigrating } from './migration-lock.js';
import { MigrationQueryRunner } from './migration.query-runner.js';
import { assertNamesKept, nameColumns } from './naming.js';
import { isOnPrimary } from './on-primary.js';
import { CommitPositions, currentPosition } from './replicas/commit-position.js';
import { ReadPositions } from './replicas/read-positions.js';
import { ReadingQueryRunner } from './replicas/reading.query-runner.js';
import { healthOf, type ReplicaHealth } from './replicas/replica-health.js';
import { Replicas } from './replicas/replicas.js';
import { walPosition, type WalPosition } from './replicas/wal-position.js';
import {
  revertLastMigration,
  runPendingMigrations,
  type MigrationOptions,
} from './run-migrations.js';
import { passServersOn } from './server-pools.js';
import { AnswerWatch } from './silence/answer-watch.js';
import { askServer } from './silence/ask-server.js';
import { deadConnections } from './silence/inquiry.js';
import { prepareTenancy } from './tenancy.js';
import { loadTelemetry } from '../telemetry/load-telemetry.js';
import type { Telemetry } from '../telemetry/telemetry.js';
import { poolGauges, poolReadings } from './pool-gauges.js';
import { telemetryTarget } from './telemetry-target.js';

/** The oldest supported major version of PostgreSQL: the schema needs NULLS NOT DISTINCT. */
const oldestVersion = 15;

/** The connections that the transactions around some code hold. */
export interface HeldConnections {
  /** How many there are. */
  readonly depth: number;
  /** The innermost transaction that holds one. */
  readonly holder: object | undefined;
}

/**
 * TypeORM's data source. In addition to TypeORM's, it starts and stops the embedded engine, waits for a
 * database that is still starting, and runs migrations under a lock. It knows no transaction but those that a
 * query runner opens.
 */
export abstract class ConnectingDataSource extends DataSource {
  declare readonly options: DatabaseDataSourceOptions;
  declare driver: PostgresDriver;
  readonly config: DatabaseConfig;
  /** The package's tables in this database. */
  readonly packaged: PackagedTables;
  readonly queryLogger: QueryLogger;
  /**
   * Tells each connection who writes. It is not one of `subscribers`, which TypeORM's command line replaces.
   */
  readonly attribution: AttributionSubscriber;
  /** Admits code to the pool of the primary. */
  readonly gate: ConnectionGate;
  /**
   * Returns whose request the running code belongs to; undefined outside any request. The module sets it.
   *
   * @internal
   */
  callerKey: () => unknown = () => undefined;
  /** @internal */
  readonly replicas: Replicas;
  /**
   * How far replicas must be for whose reads; undefined when all reads may go to all replicas.
   *
   * @internal
   */
  readPositions: ReadPositions | undefined;
  /**
   * Shows what runs; undefined when telemetry is off.
   *
   * @internal
   */
  telemetry: Telemetry | undefined;
  private stopObserving: () => void = () => undefined;
  private readonly watch: AnswerWatch;
  private readonly log = new RequestLogger('DatabaseDataSource');
  private engine: EmbeddedEngine | undefined;
  private isInitializing = false;

  constructor(options: DatabaseDataSourceOptions) {
    super(options);
    this.config = options.config;
    this.packaged = options.packaged;
    this.queryLogger = queryLoggerFor(options.config);
    this.attribution = new AttributionSubscriber(options.config);
    this.gate = new ConnectionGate(this.config);
    Object.assign(this, { relationLoader: new LazyRelationLoader(this) });
    this.replicas = new Replicas(this.config);
    const { connection, replicas, readYourWrites, timeouts } = this.config;
    if (replicas.length > 0 && readYourWrites) this.readPositions = new ReadPositions();
    this.watch = new AnswerWatch(
      // The embedded engine is in this process, and lets connections wait for their turn.
      connection.kind === 'embedded' ? 0 : timeouts.answer,
      (silent) =>
        connection.kind === 'embedded'
          ? Promise.resolve([])
          : deadConnections(silent, this.watch, this.config, connection),
      () => this.answers(timeouts.answer / 2),
    );
    passServersOn(this.driver, this.watch);
    // Only connecting is retried, and not the rest of TypeORM's initialize().
    const connect = this.driver.connect.bind(this.driver);
    this.driver.connect = () => this.withBackOff(connect);
  }

  /**
   * Connects, and applies pending migrations if the option `migrate` is set.
   *
   * @throws StartupError that says what is wrong with the address, the login, the server or its
   *   extensions, and what to do
   * @throws CannotConnectAlreadyConnectedError when it is connected or connecting already, which continues
   * @throws TypeORMError when the entities or their relations are wrong
   */
  override async initialize(): Promise<this> {
    if (this.isInitialized || this.isInitializing) throw new CannotConnectAlreadyConnectedError();
    this.isInitializing = true;
    try {
      this.telemetry = await loadTelemetry(this.config.telemetry, telemetryTarget(this.config));
      await this.startEngine();
      await super.initialize();
      const { telemetry } = this;
      if (telemetry !== undefined) {
        this.stopObserving = telemetry.observe(poolGauges, () => poolReadings(this));
      }
      this.assertVersion();
      await this.replicas.start();
      await this.checkPositions();
      if (this.config.migrate) await this.runMigrations();
      if (this.config.tenancy !== undefined) await prepareTenancy(this);
      await this.assertSchema();
    } catch (error) {
      if (this.isInitialized) await this.destroy();
      else {
        this.watch.stop();
        await this.stopEngine();
      }
      throw error;
    } finally {
      this.isInitializing = false;
    }
    return this;
  }

  /**
   * Closes the pool, and stops the embedded engine. Running statements fail.
   *
   * @throws CannotExecuteNotConnectedError when it is not connected
   */
  override async destroy(): Promise<void> {
    if (!this.isInitialized) throw new CannotExecuteNotConnectedError();
    this.stopObserving();
    try {
      // TypeORM would release each query runner after its last statement, which may never end.
      for (const queryRunner of [...this.driver.connectedQueryRunners]) {
        await (queryRunner as DatabaseQueryRunner).cutOff(new Error('the data source was closed'));
      }
      await Promise.all([super.destroy(), this.replicas.stop()]);
    } finally {
      this.watch.stop();
      await this.stopEngine();
    }
  }

  /**
   * Applies pending migrations. Their actor is that of the caller, else `migrations`.
   *
   * @throws MigrationBlockedError when a migration does not get its locks
   */
  override async runMigrations(options: MigrationOptions = {}): Promise<Migration[]> {
    return this.migrating(() => runPendingMigrations(this, options));
  }

  override async undoLastMigration(options: MigrationOptions = {}): Promise<void> {
    return this.migrating(() => revertLastMigration(this, options));
  }

  /** @throws EmbeddedEngineFailedError when the embedded engine has stopped by itself */
  assertEngineRuns(): void {
    if (this.engine?.failure !== undefined) throw this.engine.failure;
  }

  /**
   * Whether the first in the queue waits for a connection for longer than `overload.after`. `OverloadGuard`
   * turns requests away meanwhile.
   */
  get isOverloaded(): boolean {
    const { after } = this.config.overload;
    return after > 0 && this.gate.longestWait > after;
  }

  /** The application's own entities. */
  get hostEntities(): EntityMetadata[] {
    return this.entityMetadatas.filter(({ target }) => !this.isPackaged(target));
  }

  /**
   * The server for TypeORM's reads outside a transaction. Without replicas it is the primary: to cache the
   * result of a read from elsewhere, TypeORM takes a second connection.
   */
  override defaultReplicationModeForReads(): ReplicationMode {
    const isPrimary = isOnPrimary() || this.config.replicas.length === 0;
    return isPrimary ? 'master' : super.defaultReplicationModeForReads();
  }

  /**
   * Runs a statement that only reads and returns its rows. It joins the current transaction, or runs on the
   * primary.
   */
  read<Row>(sql: string, parameters?: unknown[]): Promise<Row[]> {
    return this.readOn('master', sql, parameters);
  }

  /**
   * Runs a statement that only reads and returns its rows. It joins the current transaction, or runs where
   * TypeORM's reads run: on a replica if there is one.
   */
  readAnywhere<Row>(sql: string, parameters?: unknown[]): Promise<Row[]> {
    return this.readOn(this.defaultReplicationModeForReads(), sql, parameters);
  }

  private async readOn<Row>(
    mode: ReplicationMode,
    sql: string,
    parameters?: unknown[],
  ): Promise<Row[]> {
    const queryRunner = this.createQueryRunner(mode);
    try {
      return (await queryRunner.query(sql, parameters, true)).records;
    } finally {
      await queryRunner.release();
    }
  }

  /**
   * The names of migrations that the database has not run, oldest first.
   *
   * TypeORM looks for its table in the information schema, which hides it from roles that may not read it: all
   * migrations would seem to be pending. Here such a role gets an error.
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
   * Finds an entity by name: first by the name of its class, then by the path of its table. TypeORM would take
   * the first entity that has either a class or a table of that name, in any schema.
   */
  protected override findMetadata(target: EntityTarget<any>): EntityMetadata | undefined {
    const byName =
      typeof target === 'string'
        ? (this.entityMetadatas.find(({ name }) => name === target) ??
          this.entityMetadatas.find(({ tablePath }) => tablePath === target))
        : undefined;
    return byName ?? super.findMetadata(target);
  }

  override createQueryRunner(mode: ReplicationMode = 'master'): DatabaseQueryRunner {
    return this.createDetachedQueryRunner(mode);
  }

  /** Creates a query runner on a connection of its own, outside the current transaction. */
  createDetachedQueryRunner(mode: ReplicationMode = 'master'): DatabaseQueryRunner {
    return this.withManager(
      mode === 'slave' && this.replicas.all.length > 0
        ? new ReadingQueryRunner(this)
        : new DatabaseQueryRunner(this, mode),
    );
  }

  /**
   * Creates the query runner of migrations, outside the current transaction.
   *
   * @internal
   */
  createMigrationQueryRunner(isWaitedFor = this.isConnectionHeldAround): MigrationQueryRunner {
    return this.withManager(new MigrationQueryRunner(this, isWaitedFor));
  }

  /**
   * Checks the replicas, in the order of the configuration.
   *
   * @param limitMs for the primary, whose position they are compared with, and then for the replicas
   * @internal
   */
  async replicaHealth(limitMs: number): Promise<ReplicaHealth[]> {
    const { all } = this.replicas;
    if (all.length === 0) return [];
    const asked = this.read<{ position: string | null }>(
      'SELECT CASE WHEN NOT pg_is_in_recovery() THEN pg_current_wal_lsn()::text END AS position',
    );
    const [row] = await answerWithin(limitMs, asked).catch(() => []);
    const primary = row?.position ? walPosition(row.position) : undefined;
    return await Promise.all(all.map((replica) => healthOf(replica, limitMs, primary)));
  }

  /**
   * Whether the server answers on a connection besides the pool, or the embedded engine runs.
   *
   * @param limitMs in milliseconds
   * @internal
   */
  async answers(limitMs: number): Promise<boolean> {
    const { connection } = this.config;
    if (connection.kind === 'embedded') return this.engine?.failure === undefined;
    const asked = askServer(this.config, connection, limitMs, 'SELECT');
    return await answerWithin(limitMs, asked).then(
      () => true,
      () => false,
    );
  }

  /**
   * For a connection to the primary: what tells the readers where it committed.
   *
   * @internal
   */
  commitPositions(): CommitPositions | undefined {
    const { readPositions } = this;
    return readPositions && new CommitPositions(readPositions, () => this.askForPosition());
  }

  /**
   * The connections that the transactions around the running code hold.
   *
   * @internal
   */
  abstract get heldConnections(): HeldConnections;

  /** Whether a migration that waits for the running code holds a connection. */
  get isConnectionHeldAround(): boolean {
    return isMigrating(this);
  }

  protected override async buildMetadatas(): Promise<void> {
    // TypeORM takes the first entity of a name. Decorators register entities in the order of imports.
    this.putPackagedLast(getMetadataArgsStorage().tables);
    nameColumns(new Set(this.packaged.entities));
    await super.buildMetadatas();
    this.putPackagedLast(this.entityMetadatas);
    assertNamesKept(this.entityMetadatas.filter(({ target }) => this.isPackaged(target)));
    Object.assign(this, {
      entityMetadatasMap: new Map(
        this.entityMetadatas.map((metadata) => [metadata.target, metadata]),
      ),
    });
  }

  private isPackaged(target: unknown): boolean {
    return this.packaged.entities.includes(target as Function);
  }

  /** Puts the package's entities after the application's, so that a name means the application's. */
  private putPackagedLast(tables: { target: unknown }[]): void {
    tables.sort((a, b) => Number(this.isPackaged(a.target)) - Number(this.isPackaged(b.target)));
  }

  private withManager<Runner extends DatabaseQueryRunner>(queryRunner: Runner): Runner {
    return Object.assign(queryRunner, { manager: this.createEntityManager(queryRunner) });
  }

  private async migrating<T>(migrate: () => Promise<T>): Promise<T> {
    try {
      return ActorContext.current()
        ? await migrate()
        : await ActorContext.run({ name: 'migrations' }, migrate);
    } catch (error) {
      throw describeMigrationFailure(error);
    }
  }

  private async withBackOff(connect: () => Promise<void>): Promise<void> {
    let attempts = 0;
    try {
      await withBackOff(
        this.config.connectAttempts,
        () => {
          attempts++;
          return outsideContext(connect);
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
  }

  private assertVersion(): void {
    const version = this.driver.version ?? '0';
    if (Number.parseInt(version, 10) < oldestVersion) throw new DatabaseVersionError(version);
  }

  /** Some hosts have replicas and no positions of their log, such as Aurora. */
  private async checkPositions(): Promise<void> {
    if (this.readPositions === undefined) return;
    try {
      await this.read(`SELECT ${currentPosition}`);
    } catch (error) {
      this.readPositions = undefined;
      this.log.warn(
        `The server does not tell the position of its log (${(error as Error).message}), so that a read on a replica may miss what its user has just written. ` +
          'Set readYourWrites: false, and use @Transactional() where that matters.',
      );
    }
  }

  /** Asks the primary for the position of its log until it answers. */
  private async askForPosition(): Promise<WalPosition> {
    for (let attempt = 1; ; attempt++) {
      try {
        const [row] = await outsideContext(() =>
          this.read<{ position: string | null }>(`SELECT ${currentPosition} AS position`),
        );
        if (row!.position !== null) return walPosition(row!.position);
      } catch {
        // The data source was closed, so that nobody reads any more.
        if (!this.isInitialized) return 0n;
      }
      await sleep(pauseForServer(attempt), undefined, { ref: false });
    }
  }

  /** Behind a pooler, the search path cannot be set at the start of a session. */
  private async assertSchema(): Promise<void> {
    const { schema } = this.config;
    if (schema === undefined) return;
    const queryRunner = this.createDetachedQueryRunner();
    try {
      await assertHomeSchema(queryRunner, schema);
    } finally {
      await queryRunner.release();
    }
  }

  private async startEngine(): Promise<void> {
    const { connection, schema } = this.config;
    if (connection.kind !== 'embedded') return;
    const { extensions } = this.packaged;
    this.engine = await outsideContext(() =>
      EmbeddedEngine.start(connection.dataDir, { extensions, schema }),
    );
    this.setOptions({ host: this.engine.host, port: this.engine.port });
  }

  private async stopEngine(): Promise<void> {
    await this.engine?.stop();
    this.engine = undefined;
  }
}

/** The time at the end of a migration's name (TypeORM's documentation, "Creating manually"). */
function timestampOf(migration: string): number {
  return Number(migration.slice(-13));
}
