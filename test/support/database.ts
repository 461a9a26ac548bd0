import pg from 'pg';
import type { DatabaseOptions } from '@singr/database';
import type { IsolatedDatabase } from '../../src/testing/server-databases.js';
import type { Content } from '../../src/testing/template-content.js';
import { createIsolated } from '../../src/testing/test-database.js';
import { administer, currentTarget } from './current-target.js';

/** Whether this run is on the embedded engine, which has one session. */
export const isEmbedded = currentTarget().kind === 'embedded';

/** A suite about what only a server can do; skipped on the embedded engine. */
export const describeOnServer = isEmbedded ? describe.skip : describe;

/** A suite about the one session of the embedded engine. */
export const describeOnEmbedded = isEmbedded ? describe : describe.skip;

/** The database of a suite, from its first test to its last. */
export class TestDatabase {
  private database: IsolatedDatabase | undefined;
  private readonly closers: (() => Promise<unknown>)[] = [];
  private readonly leftovers: string[] = [];

  get url(): string {
    if (this.database === undefined) throw new Error('the database is there once tests run');
    return this.database.url;
  }

  /** What `DatabaseModule.forRoot()` and `resolveDatabaseConfig()` need to connect to it. */
  get options(): DatabaseOptions {
    return { url: this.url, ...(isEmbedded ? { poolSize: 1 } : {}), connectAttempts: 1 };
  }

  async start(content: Content): Promise<void> {
    this.database = await createIsolated(content);
  }

  /** Calls `close` before the database goes. */
  beforeDrop(close: () => Promise<unknown>): void {
    this.closers.push(close);
  }

  /** Runs a statement on the server once the database is gone, such as one that drops a role. */
  afterDrop(statement: string): void {
    this.leftovers.push(statement);
  }

  async drop(): Promise<void> {
    for (const close of this.closers.reverse()) await close();
    await this.database?.drop();
    for (const statement of this.leftovers) await administer(statement);
  }

  /** A connection of its own, past the application: what another client of the database sees. */
  async connect(): Promise<pg.Client> {
    const client = new pg.Client({ connectionString: this.url });
    await client.connect();
    // A suite's end drops the database under connections that a failed test left open.
    client.on('error', () => undefined);
    this.beforeDrop(() => client.end().catch(() => undefined));
    return client;
  }

  /** Runs one statement on a connection of its own, and returns its rows. */
  async query<Row extends object = any>(sql: string, parameters?: unknown[]): Promise<Row[]> {
    const client = new pg.Client({ connectionString: this.url });
    await client.connect();
    try {
      return (await client.query<Row>(sql, parameters)).rows;
    } finally {
      await client.end();
    }
  }
}

/** Gives the suite a migrated database of its own. */
export function useDatabase(): TestDatabase {
  return useDatabaseWith('migrated');
}

/** Gives the suite a database with nothing in it. */
export function useEmptyDatabase(): TestDatabase {
  return useDatabaseWith('empty');
}

function useDatabaseWith(content: Content): TestDatabase {
  const database = new TestDatabase();
  beforeAll(() => database.start(content));
  afterAll(() => database.drop());
  return database;
}
