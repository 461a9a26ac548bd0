import { MigrationExecutor, type Migration, type QueryRunner } from 'typeorm';
import type { DatabaseDataSource } from './database.data-source.js';

/** A number of our own, so that the lock meets nobody else's: the bytes of "singr_db". */
const lockKey = '8316299577495872610';

type TransactionMode = MigrationExecutor['transaction'];

/**
 * Runs migrations while no other process does. TypeORM takes no lock of its own: two pods that start
 * together would both run what they both found pending.
 *
 * In the mode `all` the lock belongs to the transaction, which also works behind PgBouncer. The modes
 * `each` and `none` commit on the way, so that the lock belongs to the session there: use them on a
 * direct connection.
 */
export async function withMigrationLock<T>(
  dataSource: DatabaseDataSource,
  mode: TransactionMode,
  work: (executor: MigrationExecutor, queryRunner: QueryRunner) => Promise<T>,
): Promise<T> {
  const queryRunner = dataSource.createDetachedQueryRunner();
  // It also waits for its turn for as long as that takes.
  queryRunner.takesItsTime = true;
  const executor = new MigrationExecutor(dataSource, queryRunner);
  executor.transaction = mode;
  try {
    return mode === 'all'
      ? await inOneTransaction(queryRunner, () => work(executor, queryRunner))
      : await inOneSession(queryRunner, () => work(executor, queryRunner));
  } finally {
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

async function inOneSession<T>(queryRunner: QueryRunner, work: () => Promise<T>): Promise<T> {
  await queryRunner.query(`SELECT pg_advisory_lock(${lockKey})`);
  try {
    return await work();
  } finally {
    await queryRunner.query(`SELECT pg_advisory_unlock(${lockKey})`).catch(() => undefined);
  }
}

export type { Migration, TransactionMode };
