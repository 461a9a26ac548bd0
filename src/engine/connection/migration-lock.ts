import { MigrationExecutor, type QueryRunner } from 'typeorm';
import { createContextStorage } from '../common/context-storage.js';
import type { ConnectingDataSource } from './connecting.data-source.js';
import { openHomeSchema } from './home-schema.js';

/** The key of the advisory lock: the bytes of "singr_db", so that it collides with no other program's. */
const lockKey = '8316299577495872610';

type TransactionMode = MigrationExecutor['transaction'];

/** TypeORM's options of running migrations. */
export interface MigrationOptions {
  transaction?: TransactionMode;
  fake?: boolean;
}

/** The data source that migrations run on; undefined once they have ended. */
interface Migrating {
  database: ConnectingDataSource | undefined;
}

const migrating = createContextStorage<Migrating>();

/** Whether the running code is part of a migration, which holds a connection of its own. */
export function isMigrating(database: ConnectingDataSource): boolean {
  return migrating.getStore()?.database === database;
}

/**
 * Runs migrations under a lock, so that only one process runs them at a time. TypeORM takes no lock: two pods
 * that start together would both run the pending migrations.
 *
 * In the mode `all` the transaction holds the lock, which also works behind PgBouncer. The modes `each` and
 * `none` commit several times, so the session holds the lock: use them on a direct connection.
 *
 * Migrations usually run without timeouts. When they are called from a transaction or from another migration,
 * that one may hold locks which they need, while it waits for them. So they then have the usual timeouts.
 */
export async function withMigrationLock<T>(
  dataSource: ConnectingDataSource,
  mode: TransactionMode,
  work: (executor: MigrationExecutor, queryRunner: QueryRunner) => Promise<T>,
): Promise<T> {
  const isWaitedFor = dataSource.isConnectionHeldAround;
  const queryRunner = dataSource.createDetachedQueryRunner();
  // Waiting for the lock has no limit either.
  queryRunner.hasNoTimeouts = !isWaitedFor;
  const executor = new MigrationExecutor(dataSource, queryRunner);
  executor.transaction = mode;
  const { schema, timeouts } = dataSource.config;
  const run = () =>
    mode === 'all'
      ? inOneTransaction(queryRunner, schema, () => work(executor, queryRunner))
      : inOneSession(queryRunner, schema, isWaitedFor ? timeouts.lock : 0, () =>
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

async function inOneTransaction<T>(
  queryRunner: QueryRunner,
  schema: string | undefined,
  work: () => Promise<T>,
): Promise<T> {
  await queryRunner.startTransaction();
  try {
    await queryRunner.query(`SELECT pg_advisory_xact_lock(${lockKey})`);
    await openHomeSchema(queryRunner, schema);
    const result = await work();
    await queryRunner.commitTransaction();
    return result;
  } catch (error) {
    // The rollback fails when the connection is lost. The caller gets the first error.
    await queryRunner.rollbackTransaction().catch(() => undefined);
    throw error;
  }
}

async function inOneSession<T>(
  queryRunner: QueryRunner,
  schema: string | undefined,
  lockTimeout: number,
  work: () => Promise<T>,
): Promise<T> {
  await queryRunner.query(`SET lock_timeout = ${lockTimeout}`);
  try {
    await queryRunner.query(`SELECT pg_advisory_lock(${lockKey})`);
    try {
      await openHomeSchema(queryRunner, schema);
      return await work();
    } finally {
      await queryRunner.query(`SELECT pg_advisory_unlock(${lockKey})`).catch(() => undefined);
    }
  } finally {
    await queryRunner.query('RESET lock_timeout').catch(() => undefined);
  }
}
