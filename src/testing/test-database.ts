import type { DatabaseOptions, HostTables } from '../engine/config/database-options.js';
import type { DatabaseDataSource } from '../engine/connection/database.data-source.js';
import { coreTables } from '../engine/module/core-tables.js';
import { singrTables } from '../singr-tables.js';
import type { PackagedTables } from '../engine/config/packaged-tables.js';
import { noteRunning } from '../engine/transaction/running-databases.js';
import { startFromSnapshot } from './embedded-databases.js';
import { quietDataSource } from './quiet-data-source.js';
import { cloneOnServer, type IsolatedDatabase } from './server-databases.js';
import type { Content } from './template-content.js';
import { testTarget } from './test-target.js';

export interface TestDatabaseOptions extends HostTables {
  /** Whether it has the package's tables. Default: true; else it has nothing, not even an extension. */
  migrate?: boolean;
  /**
   * Whether it is for an application that imports `CoreDatabaseModule`: it has the audit trail's tables alone.
   * Default: false.
   */
  core?: boolean;
  /** Whether it has what `singr-db seed` adds, demo accounts and data among it. Default: false. */
  seed?: boolean;
}

/** A database that belongs to whoever made it, until it is dropped. */
export class TestDatabase {
  private connected: Promise<DatabaseDataSource> | undefined;

  constructor(
    private readonly database: IsolatedDatabase,
    private readonly kind: 'server' | 'embedded',
    private readonly host: HostTables = {},
    private readonly packaged: PackagedTables = singrTables,
  ) {}

  get url(): string {
    return this.database.url;
  }

  /** What to give `DatabaseModule.forRoot()`, so that an application uses it. */
  get options(): DatabaseOptions {
    return {
      url: this.url,
      // The embedded engine has one session.
      ...(this.kind === 'embedded' ? { poolSize: 1 } : {}),
      connectAttempts: 1,
      ...this.host,
    };
  }

  /** The same as environment variables, for an application that takes its settings from there. */
  get environment(): Record<string, string> {
    return {
      DATABASE_URL: this.url,
      ...(this.kind === 'embedded' ? { DATABASE_POOL_SIZE: '1' } : {}),
    };
  }

  /** A data source of the test's own, past the application. It is connected once, and closed by `drop()`. */
  dataSource(): Promise<DatabaseDataSource> {
    this.connected ??= this.connect();
    return this.connected;
  }

  /** Runs one statement, and returns its rows. */
  async query<Row extends object = any>(sql: string, parameters?: unknown[]): Promise<Row[]> {
    return (await this.dataSource()).query<Row[]>(sql, parameters);
  }

  private async connect(): Promise<DatabaseDataSource> {
    const dataSource = await quietDataSource(this.options, this.packaged).initialize();
    // `@Transactional()` outside requests is about the application's data source, and not about this one.
    noteRunning(dataSource)();
    return dataSource;
  }

  /** Drops it. Whatever else is connected to it, such as the application, is closed before. */
  async drop(): Promise<void> {
    await (await this.connected)?.destroy();
    await this.database.drop();
  }
}

/**
 * Makes a database for a test or a suite: on the server of TEST_DATABASE_URL; else on one in a container
 * if a Docker engine answers and `@testcontainers/postgresql` is installed; else on the embedded engine.
 *
 * The first call makes a template of what it begins with, and later ones, also in other processes and
 * later runs, copy that. An application's own migrations run on each copy.
 *
 * @throws TestEngineFailedError
 */
export async function createTestDatabase(options: TestDatabaseOptions = {}): Promise<TestDatabase> {
  const { migrate = true, core = false, seed = false, ...host } = options;
  const migrated = core ? 'core' : 'migrated';
  const database = await createIsolated(seed ? 'seeded' : migrate ? migrated : 'empty');
  const { kind } = await testTarget();
  const test = new TestDatabase(database, kind, host, core ? coreTables : singrTables);
  if (host.migrations?.length) {
    try {
      await (await test.dataSource()).runMigrations();
    } catch (error) {
      await test.drop();
      throw error;
    }
  }
  return test;
}

/** A database on the target of this run. */
export async function createIsolated(content: Content): Promise<IsolatedDatabase> {
  const target = await testTarget();
  return target.kind === 'server'
    ? cloneOnServer(target.adminUrl, content)
    : startFromSnapshot(target.folder, content);
}
