import { MigrationExecutor, type Migration, type QueryRunner } from 'typeorm';
import { createContextStorage } from '../common/context-storage.js';
import type { DatabaseDataSource } from './database.data-source.js';

/** A number of our own, so that the lock meets nobody else's: the bytes of "singr_db". */
const lockKey = '8316299577495872610';

type TransactionMode = MigrationExecutor['transaction'];

/** The data source that migrations run on, until they have ended. */
interface Migrating {
  database: DatabaseDataSource | undefined;
}

const migrating = createContextStorage<Migrating>();

/** Whether code runs in a migration, which holds a connection of its own. */
export function isMigrating(database: DatabaseDataSource): boolean {
  return migrating.getStore()?.database === database;
}

/**
 * Runs migrations while no other process does. TypeORM takes no lock of its own: two pods that start
 * together would both run what they both found pending.
 *
 * In the mode `all` the lock belongs to the transaction, which also works behind PgBouncer. The modes
 * `each` and `none` commit on the way, so that the lock belongs to the session there: use them on a
 * direct connection.
 *
 * A transaction around, or another migration, may hold what these wait for, and waits for them itself: within
 * one they have the limits that other transactions have.
 */
export async function withMigrationLock<T>(
  dataSource: DatabaseDataSource,
  mode: TransactionMode,
  work: (executor: MigrationExecutor, queryRunner: QueryRunner) => Promise<T>,
): Promise<T> {
  const isWaitedFor = dataSource.isConnectionHeldAround;
  const queryRunner = dataSource.createDetachedQueryRunner();
  // It also waits for its turn for as long as that takes.
  queryRunner.takesItsTime = !isWaitedFor;
  const executor = new MigrationExecutor(dataSource, queryRunner);
  executor.transaction = mode;
  const run = () =>
    mode === 'all'
      ? inOneTransaction(queryRunner, () => work(executor, queryRunner))
      : inOneSession(queryRunner, isWaitedFor ? dataSource.config.timeouts.lock : 0, () =>
          work(executor, queryRunner),
        );
  const state: Migrating = { database: dataSource };
  try {
    return await migrating.run(state, run);
  } finally {
    state.database = undefined;
    await queryRunner.release();
  }
}

async function inOneTransaction<T>(queryRunner: QueryRunner, work: () => Promise<T>): Promise<T> {
  await queryRunner.startTransaction();
  try {
    await queryRunner.query(`SELECT pg_advisory_xact_lock(${lockKey})`);
    const result = await work();
    await queryRunner.commitTransaction();
    return result;
  } catch (error) {
    // The connection may be gone, and the transaction with it; the first error is the one to tell.
    await queryRunner.rollbackTransaction().catch(() => undefined);
    throw error;
  }
}

async function inOneSession<T>(
  queryRunner: QueryRunner,
  lockTimeout: number,
  work: () => Promise<T>,
): Promise<T> {
  await queryRunner.query(`SET lock_timeout = ${lockTimeout}`);
  try {
    await queryRunner.query(`SELECT pg_advisory_lock(${lockKey})`);
    try {
      return await work();
    } finally {
      await queryRunner.query(`SELECT pg_advisory_unlock(${lockKey})`).catch(() => undefined);
    }
  } finally {
    await queryRunner.query('RESET lock_timeout').catch(() => undefined);
  }
}

export type { Migration, TransactionMode };
