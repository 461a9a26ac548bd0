import { setTimeout as sleep } from 'node:timers/promises';
import { createContextStorage } from '../common/context-storage.js';
import type { ConnectingDataSource } from './connecting.data-source.js';
import type { MigrationQueryRunner } from './migration.query-runner.js';

/** The key of the advisory lock: the bytes of "singr_db", so that it collides with no other program's. */
const lockKey = '8316299577495872610';

/** How often to ask for the lock while another process migrates. */
const pollMs = 250;

/** The data source that migrations run on; undefined once they have ended. */
interface Migrating {
  database: ConnectingDataSource | undefined;
}

const migrating = createContextStorage<Migrating>();

/** Whether the running code is part of a migration, which holds a connection of its own. */
export function isMigrating(database: ConnectingDataSource): boolean {
  return migrating.getStore()?.database === database;
}

/** Runs `work` as code for which `isMigrating()` is true. */
export async function asMigration<T>(
  database: ConnectingDataSource,
  work: () => Promise<T>,
): Promise<T> {
  const state: Migrating = { database };
  try {
    return await migrating.run(state, work);
  } finally {
    state.database = undefined;
  }
}

/**
 * Begins a transaction that holds the lock of migrations, so that only one process runs them at a time. TypeORM
 * takes no lock: two pods that start together would both run the pending migrations.
 */
export async function beginWithMigrationLock(queryRunner: MigrationQueryRunner): Promise<void> {
  await queryRunner.startTransaction();
  while (!(await takeLock(queryRunner, 'pg_try_advisory_xact_lock'))) {
    await queryRunner.rollbackTransaction();
    await sleep(pollMs);
    await queryRunner.startTransaction();
  }
}

/**
 * Holds the lock of migrations while `work` commits several times.
 *
 * A transaction on a connection of its own holds it, which also works behind PgBouncer. That needs a third
 * connection, because the work may use repositories besides its query runner. With a smaller pool, and when a
 * transaction around the call has a connection already, the session of the query runner holds it.
 */
export async function holdMigrationLock<T>(
  database: ConnectingDataSource,
  queryRunner: MigrationQueryRunner,
  work: () => Promise<T>,
): Promise<T> {
  return queryRunner.isWaitedFor || database.config.poolSize < 3
    ? await holdInSession(queryRunner, work)
    : await holdInTransaction(database, queryRunner, work);
}

async function holdInTransaction<T>(
  database: ConnectingDataSource,
  queryRunner: MigrationQueryRunner,
  work: () => Promise<T>,
): Promise<T> {
  const holder = database.createMigrationQueryRunner(false);
  try {
    await beginWithMigrationLock(holder);
    // It is idle until the work ends. As a second statement this also frees the snapshot of the first one, for
    // which CREATE INDEX CONCURRENTLY would wait.
    await holder.query(
      `SELECT set_config(name, '0', true) FROM pg_settings
       WHERE name IN ('idle_in_transaction_session_timeout', 'transaction_timeout')`,
    );
    holder.onLost = (error) => void queryRunner.cutOff(error);
    const result = await work();
    holder.onLost = undefined;
    await holder.commitTransaction();
    return result;
  } finally {
    holder.onLost = undefined;
    // With its transaction open, the connection is closed, which frees the lock.
    await holder.release();
  }
}

async function holdInSession<T>(
  queryRunner: MigrationQueryRunner,
  work: () => Promise<T>,
): Promise<T> {
  while (!(await takeLock(queryRunner, 'pg_try_advisory_lock'))) await sleep(pollMs);
  try {
    return await work();
  } finally {
    await queryRunner.query(`SELECT pg_advisory_unlock(${lockKey})`).catch(() => undefined);
  }
}

/**
 * Takes the lock if it is free. Waiting for it in PostgreSQL would hold a snapshot, and a migration that runs
 * CREATE INDEX CONCURRENTLY in the other process would wait for the end of that.
 *
 * When a transaction waits for this run, that transaction may be what holds the lock. So the wait is then
 * PostgreSQL's, which ends with the lock timeout.
 */
async function takeLock(
  queryRunner: MigrationQueryRunner,
  attempt: 'pg_try_advisory_lock' | 'pg_try_advisory_xact_lock',
): Promise<boolean> {
  if (queryRunner.isWaitedFor) {
    await queryRunner.query(`SELECT ${attempt.replace('try_', '')}(${lockKey})`);
    return true;
  }
  const [{ isTaken }] = await queryRunner.query<[{ isTaken: boolean }]>(
    `SELECT ${attempt}(${lockKey}) AS "isTaken"`,
  );
  return isTaken;
}
