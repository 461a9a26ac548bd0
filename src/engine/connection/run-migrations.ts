import type { Migration } from 'typeorm';
import type { ConnectingDataSource } from './connecting.data-source.js';
import { openHomeSchema } from './home-schema.js';
import { retryWhileBlocked } from './migration-blocked.js';
import { asMigration, beginWithMigrationLock, holdMigrationLock } from './migration-lock.js';
import {
  stepsOf,
  StepExecutor,
  type MigrationStep,
  type TransactionMode,
} from './migration-steps.js';
import type { MigrationQueryRunner } from './migration.query-runner.js';
import { renewRecorders } from './renew-recorders.js';

/** TypeORM's options of running migrations. */
export interface MigrationOptions {
  transaction?: TransactionMode;
  fake?: boolean;
}

/** Runs `work` in a transaction of its own or outside any, as a step needs it. */
type InStep = <T>(isInTransaction: boolean, work: () => Promise<T>) => Promise<T>;

/** Applies the pending migrations, under a lock. */
export async function runPendingMigrations(
  database: ConnectingDataSource,
  { transaction = 'all', fake = false }: MigrationOptions,
): Promise<Migration[]> {
  return locked(database, transaction, async (queryRunner, inStep) => {
    const pending = await new StepExecutor(database, queryRunner).getPendingMigrations();
    const steps = stepsOf(pending, transaction);
    // TypeORM also creates its table and logs when there is nothing to do.
    if (steps.length === 0) steps.push({ migrations: [], isInTransaction: transaction !== 'none' });
    const applied: Migration[] = [];
    for (const [index, step] of steps.entries()) {
      const later = namesOf(steps.slice(index + 1));
      const executor = new StepExecutor(database, queryRunner, later);
      executor.fake = fake;
      const renew = async () => {
        // A migration may have changed a table without renewing its audit triggers.
        if (step.migrations.length > 0 && !fake) await renewRecorders(queryRunner);
      };
      const done = await inStep(step.isInTransaction, async () => {
        const migrations = await executor.executePendingMigrations();
        if (step.isInTransaction) await renew();
        return migrations;
      });
      applied.push(...done);
      if (!step.isInTransaction) await inStep(true, renew);
    }
    return applied;
  });
}

/** Reverts the migration that was run last, under a lock. */
export async function revertLastMigration(
  database: ConnectingDataSource,
  { transaction = 'all', fake = false }: MigrationOptions,
): Promise<void> {
  await locked(database, transaction, async (queryRunner, inStep) => {
    const executor = new StepExecutor(database, queryRunner);
    executor.fake = fake;
    const last = await executor.lastExecuted();
    const isInTransaction = last?.instance?.transaction ?? transaction !== 'none';
    await inStep(isInTransaction, () => executor.undoLastMigration());
  });
}

function namesOf(steps: readonly MigrationStep[]): Set<string> {
  return new Set(steps.flatMap(({ migrations }) => migrations.map(({ name }) => name)));
}

/**
 * Calls `work` while no other process migrates. In the mode `all` its one transaction holds the lock, unless a
 * migration has a mode of its own, so that there may be several transactions.
 */
async function locked<T>(
  database: ConnectingDataSource,
  mode: TransactionMode,
  work: (queryRunner: MigrationQueryRunner, inStep: InStep) => Promise<T>,
): Promise<T> {
  const queryRunner = database.createMigrationQueryRunner();
  const isOneTransaction =
    mode === 'all' && database.migrations.every(({ transaction }) => transaction === undefined);
  const run = () =>
    isOneTransaction
      ? inTransaction(database, queryRunner, beginWithMigrationLock, () =>
          work(queryRunner, (_isInTransaction, step) => step()),
        )
      : holdMigrationLock(database, queryRunner, async () => {
          await openHomeSchema(queryRunner, database.config.schema);
          return await work(queryRunner, (isInTransaction, step) =>
            isInTransaction
              ? inTransaction(database, queryRunner, (runner) => runner.startTransaction(), step)
              : step(),
          );
        });
  try {
    return await asMigration(database, run);
  } finally {
    await queryRunner.release();
  }
}

async function inTransaction<T>(
  database: ConnectingDataSource,
  queryRunner: MigrationQueryRunner,
  begin: (queryRunner: MigrationQueryRunner) => Promise<void>,
  work: () => Promise<T>,
): Promise<T> {
  const attempt = async () => {
    try {
      await begin(queryRunner);
      await openHomeSchema(queryRunner, database.config.schema);
      const result = await work();
      await queryRunner.commitTransaction();
      return result;
    } catch (error) {
      // The rollback fails when the connection is lost. The caller gets the first error.
      await queryRunner.rollbackTransaction().catch(() => undefined);
      throw error;
    }
  };
  return await retryWhileBlocked(queryRunner, attempt);
}
