import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { MigrationInterface } from 'typeorm';
import { dataSourceOptions } from '../connection/data-source-options.js';
import { silentLogger } from '../connection/logging/silent.logger.js';
import type { MigrationQueryRunner } from '../connection/migration.query-runner.js';
import { DatabaseDataSource } from '../transaction/database.data-source.js';
import { dangersOf, readTables, type TableState } from './migration-dangers.js';

/**
 * A lock that a statement takes on a table that exists before the pending migrations, stronger than those of
 * reads and writes of rows. What a statement outside a transaction locks is not known.
 */
export interface PlannedLock {
  readonly table: string;
  /** As PostgreSQL names it, such as `AccessExclusiveLock`. */
  readonly mode: string;
}

export interface PlannedStatement {
  readonly sql: string;
  readonly locks: readonly PlannedLock[];
  /** What it does that may hold up the traffic or break the version that runs, each as a sentence. */
  readonly dangers: readonly string[];
}

export interface PlannedMigration {
  readonly name: string;
  /** False for a migration with `transaction = false`. */
  readonly isInTransaction: boolean;
  readonly statements: readonly PlannedStatement[];
}

/**
 * Runs the pending migrations on a scratch database without rows, and reports what each statement locks. The
 * scratch database is an embedded engine in a temporary folder, to which the applied migrations are applied first.
 * Nothing runs on the database itself but the question which migrations are pending.
 *
 * @throws EmbeddedEngineMissingError when the embedded engine is not installed
 */
export async function planMigrations(database: DatabaseDataSource): Promise<PlannedMigration[]> {
  const names = await database.pendingMigrations();
  if (names.length === 0) return [];
  const isPending = (migration: MigrationInterface) => names.includes(nameOf(migration));
  const folder = mkdtempSync(join(tmpdir(), 'singr-plan-'));
  const applied = database.migrations.filter((migration) => !isPending(migration));
  const scratch = scratchDatabase(database, folder, applied);
  try {
    await scratch.initialize();
    try {
      await scratch.runMigrations();
      const pending = database.migrations
        .filter(isPending)
        .sort((a, b) => names.indexOf(nameOf(a)) - names.indexOf(nameOf(b)));
      return await plan(scratch, pending);
    } finally {
      await scratch.destroy();
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function nameOf(migration: MigrationInterface): string {
  return migration.name ?? migration.constructor.name;
}

function scratchDatabase(
  { config, packaged }: DatabaseDataSource,
  dataDir: string,
  migrations: readonly MigrationInterface[],
): DatabaseDataSource {
  const scratch = {
    ...config,
    connection: { kind: 'embedded', dataDir },
    replicas: [],
    poolSize: 1,
    migrate: false,
    features: { logger: silentLogger },
  } as const;
  return new DatabaseDataSource({
    ...dataSourceOptions(scratch, packaged),
    migrations: migrations.map((migration) => migration.constructor),
  });
}

async function plan(
  scratch: DatabaseDataSource,
  pending: readonly MigrationInterface[],
): Promise<PlannedMigration[]> {
  const queryRunner = scratch.createMigrationQueryRunner();
  try {
    const recorder = new StatementRecorder(queryRunner, await readTables(queryRunner));
    const planned: PlannedMigration[] = [];
    for (const migration of pending) {
      const isInTransaction = migration.transaction !== false;
      const statements = await recorder.record(migration, isInTransaction);
      planned.push({ name: nameOf(migration), isInTransaction, statements });
    }
    return planned;
  } finally {
    await queryRunner.release();
  }
}

/** Records the statements of migrations while it runs them. */
class StatementRecorder {
  private statements: PlannedStatement[] = [];
  private isRecording = false;
  private readonly send: MigrationQueryRunner['query'];

  /** @param tables the tables that exist before the pending migrations */
  constructor(
    private readonly queryRunner: MigrationQueryRunner,
    private tables: ReadonlyMap<string, TableState>,
  ) {
    this.send = queryRunner.query.bind(queryRunner);
    queryRunner.query = (...statement) => this.query(...statement);
  }

  async record(
    migration: MigrationInterface,
    isInTransaction: boolean,
  ): Promise<PlannedStatement[]> {
    this.statements = [];
    if (isInTransaction) await this.queryRunner.startTransaction();
    this.isRecording = true;
    await migration.up(this.queryRunner);
    this.isRecording = false;
    if (isInTransaction) await this.queryRunner.commitTransaction();
    return this.statements;
  }

  private async query(...[sql, ...rest]: Parameters<MigrationQueryRunner['query']>): Promise<any> {
    if (!this.isRecording) return await this.send(sql, ...rest);
    this.isRecording = false;
    try {
      const isOpen = this.queryRunner.isTransactionActive;
      const begins = !isOpen && this.queryRunner.canBeInTransaction(sql);
      if (begins) await this.queryRunner.startTransaction();
      const before = await this.heldLocks();
      const result: unknown = await this.send(sql, ...rest);
      await this.note(sql, before, await this.heldLocks());
      if (begins) await this.queryRunner.commitTransaction();
      return result;
    } finally {
      this.isRecording = true;
    }
  }

  private async note(
    sql: string,
    before: readonly PlannedLock[],
    held: readonly PlannedLock[],
  ): Promise<void> {
    const isHeldBefore = ({ table, mode }: PlannedLock) =>
      before.some((lock) => lock.table === table && lock.mode === mode);
    const locks = held.filter((lock) => !isHeldBefore(lock));
    const tables = await readTables(this.queryRunner, [...this.tables.keys()]);
    const dangers = dangersOf(this.tables, tables, held);
    this.tables = tables;
    const reads = /^\s*select\b/i.test(sql) && locks.length === 0 && dangers.length === 0;
    if (!reads) this.statements.push({ sql: sql.replace(/\s+/g, ' ').trim(), locks, dangers });
  }

  /** The locks that the open transaction holds on tables which existed before. */
  private async heldLocks(): Promise<PlannedLock[]> {
    const locks = await this.send<{ id: string; mode: string }[]>(
      `SELECT DISTINCT relation::text AS id, mode
       FROM pg_locks
       WHERE pid = pg_backend_pid() AND locktype = 'relation' AND relation::text = ANY ($1)
         AND mode NOT IN ('AccessShareLock', 'RowShareLock', 'RowExclusiveLock')
       ORDER BY 1, 2`,
      [[...this.tables.keys()]],
    );
    // PostgreSQL no longer knows the name of a table that was dropped.
    return locks.map(({ id, mode }) => ({ table: this.tables.get(id)!.name, mode }));
  }
}
