import type { DatabaseOptions, HostTables } from '../engine/config/database-options.js';
import type { DatabaseDataSource } from '../engine/transaction/database.data-source.js';
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
  /**
   * Whether to create the package's tables. Default: true. If false, the database is empty, without
   * extensions.
   */
  migrate?: boolean;
  /**
   * Whether to create only the tables of the audit trail, for an application that imports `CoreDatabaseModule`.
   * Default: false.
   */
  core?: boolean;
  /** Whether to add the data of `singr-db seed`, including demo accounts. Default: false. */
  seed?: boolean;
}

/** A database for one test or suite. It exists until `drop()` is called. */
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

  /** The options for `DatabaseModule.forRoot()` of an application that uses this database. */
  get options(): DatabaseOptions {
    return {
      url: this.url,
      // The embedded engine has one session.
      ...(this.kind === 'embedded' ? { poolSize: 1 } : {}),
      connectAttempts: 1,
      ...this.host,
    };
  }

  /** Environment variables for an application that uses this database. */
  get environment(): Record<string, string> {
    return {
      DATABASE_URL: this.url,
      ...(this.kind === 'embedded' ? { DATABASE_POOL_SIZE: '1' } : {}),
    };
  }

  /**
   * A data source for the test itself, separate from the application's. It connects once, and `drop()` closes
   * it.
   */
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
    // `@Transactional()` outside requests must use the application's data source, and not this one.
    noteRunning(dataSource)();
    return dataSource;
  }

  /** Drops the database. Close other connections first, such as those of the application. */
  async drop(): Promise<void> {
    await (await this.connected)?.destroy();
    await this.database.drop();
  }
}

/**
 * Creates a database for a test or a suite: on the server of TEST_DATABASE_URL; else in a container, if a
 * Docker engine answers and `@testcontainers/postgresql` is installed; else on the embedded engine.
 *
 * The first call creates a template with the initial content. Later calls copy it, also in other processes
 * and later runs. The application's own migrations run on each copy.
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

/** Creates a database on the target of this run. */
export async function createIsolated(content: Content): Promise<IsolatedDatabase> {
  const target = await testTarget();
  return target.kind === 'server'
    ? cloneOnServer(target.adminUrl, content)
    : startFromSnapshot(target, content);
}
