import { setTimeout as sleep } from 'node:timers/promises';
import { AuditService, type DatabaseDataSource, type DatabaseModuleOptions } from '@singr/database';
import type { Client } from 'pg';
import { AuditAsOf } from '../../../src/engine/audit/history/audit-as-of.js';
import type { ReadableTable } from '../../../src/engine/audit/audited-table.js';
import { AuditedTables } from '../../../src/engine/audit/audited-tables.js';
import { failure } from '../../support/scripted-app.js';
import { insertOf, makeRows } from './rows.js';
import { isEmbedded, type TestDatabase } from '../../support/database.js';
import { createTestApp, type TestApp } from '../../support/test-app.js';
import { takeSnapshot } from './snapshot.js';

/** A row of each table, and the transaction that inserted them. */
export interface Planted {
  readonly transactionId: string;
  value(table: string, column: string): string;
}

/** An application whose trail a suite asks, and another client that writes past it. */
export class TrailApp {
  private running: TestApp | undefined;
  private other: Client | undefined;
  private database: TestDatabase | undefined;

  get app(): TestApp {
    return this.running!;
  }

  get dataSource(): DatabaseDataSource {
    return this.app.dataSource;
  }

  get audit(): AuditService {
    return this.app.get(AuditService);
  }

  /** A connection of its own. On the embedded engine it must not keep a transaction open. */
  get client(): Client {
    return this.other!;
  }

  /**
   * Commits what `work` does on the other client, and returns the transaction's id. The settings are
   * what the application would say of itself, such as `app.request_id`.
   */
  async write(
    work: (client: Client) => Promise<unknown>,
    settings: Readonly<Record<string, string>> = {},
  ): Promise<string> {
    await this.client.query('BEGIN');
    try {
      for (const [name, value] of Object.entries(settings)) {
        await this.client.query('SELECT set_config($1, $2, true)', [name, value]);
      }
      await work(this.client);
      const { rows } = await this.client.query<{ id: string }>(
        'SELECT pg_current_xact_id()::text AS id',
      );
      await this.client.query('COMMIT');
      // The embedded engine's clock counts milliseconds: the next write must not share this one's time.
      if (isEmbedded) await sleep(2);
      return rows[0]!.id;
    } catch (error) {
      await this.client.query('ROLLBACK');
      throw error;
    }
  }

  /** Commits one statement, and returns its transaction's id. */
  run(sql: string, parameters?: unknown[]): Promise<string> {
    return this.write((client) => client.query(sql, parameters));
  }

  /** One valid row of each table, which refer to each other, by table. */
  async plant(): Promise<Planted> {
    const { rows } = makeRows();
    const transactionId = await this.write(async (client) => {
      for (const [table, row] of rows) await client.query(insertOf(table, row));
    });
    const value = (table: string, column: string) => String(rows.get(table)![column]);
    return { transactionId, value };
  }

  /** The time between what was committed and what comes, to the microsecond. */
  async now(): Promise<string> {
    // As above.
    const tick = () => (isEmbedded ? sleep(3) : undefined);
    await tick();
    const { rows } = await this.client.query<{ now: string }>(
      `SELECT to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS now`,
    );
    await tick();
    return rows[0]!.now;
  }

  /** Everything in the tables and in the trail, as text. */
  async dump(): Promise<string[]> {
    const rows = [...(await takeSnapshot(this.client)).values()].map(({ row }) => row);
    const trail = await this.client.query<{ row: string }>(
      'SELECT l::text AS row FROM audit_logs l',
    );
    return [...rows, ...trail.rows.map(({ row }) => row)].sort();
  }

  /** Expects `work` to fail with the code, and to change nothing, neither in a table nor in the trail. */
  async expectRefusal(
    work: () => Promise<unknown>,
    code: string,
    message: RegExp = /./,
  ): Promise<void> {
    const before = await this.dump();
    const error = await failure(work());
    expect(error.message).toMatch(message);
    expect(error.code).toBe(code);
    expect(await this.dump()).toEqual(before);
  }

  /** A record's image at a time, as the text that the trail has. */
  imageAt(table: ReadableTable, recordId: string, at: string): Promise<string | null> {
    return this.app.get(AuditAsOf).imageText(table, recordId, at);
  }

  /** A table as the trail reads it. */
  readable(table: string): Promise<ReadableTable> {
    return this.app.get(AuditedTables).findReadable(table);
  }

  /** An application that starts now, and knows no table yet. */
  restarted(databaseOptions?: DatabaseModuleOptions): Promise<TestApp> {
    return createTestApp(this.database!, databaseOptions ? { databaseOptions } : {});
  }

  async start(database: TestDatabase): Promise<void> {
    this.database = database;
    this.running = await createTestApp(database);
    this.other = await database.connect();
    await this.other.query(`SET timezone = 'UTC'`);
  }
}

/** Starts one for the suite. */
export function useTrail(database: TestDatabase): TrailApp {
  const trail = new TrailApp();
  beforeAll(() => trail.start(database));
  return trail;
}
