import { type Migration, MigrationExecutor, type QueryRunner } from 'typeorm';
import type { ConnectingDataSource } from './connecting.data-source.js';

export type TransactionMode = MigrationExecutor['transaction'];

/** Pending migrations that run in one transaction, or a single one that runs outside any. */
export interface MigrationStep {
  readonly migrations: readonly Migration[];
  readonly isInTransaction: boolean;
}

/**
 * Splits pending migrations into steps. A migration with `transaction = false` or `true` is a step of its own.
 * TypeORM refuses such a migration in the mode `all`; here the migrations before it are committed first.
 */
export function stepsOf(pending: readonly Migration[], mode: TransactionMode): MigrationStep[] {
  const steps: { migrations: Migration[]; isInTransaction: boolean; isShared: boolean }[] = [];
  for (const migration of pending) {
    const ownMode = migration.instance?.transaction;
    const isShared = mode === 'all' && ownMode === undefined;
    const last = steps.at(-1);
    if (isShared && last?.isShared) last.migrations.push(migration);
    else {
      const isInTransaction = ownMode ?? mode !== 'none';
      steps.push({ migrations: [migration], isInTransaction, isShared });
    }
  }
  return steps;
}

/** Runs the pending migrations up to the end of a step. It begins no transaction. */
export class StepExecutor extends MigrationExecutor {
  override transaction = 'none' as const;

  /** @param later names of the migrations of later steps */
  constructor(
    dataSource: ConnectingDataSource,
    queryRunner: QueryRunner,
    private readonly later: ReadonlySet<string> = new Set(),
  ) {
    super(dataSource, queryRunner);
  }

  /** The migration that was run last; undefined when none was, or when it is not in the code any more. */
  async lastExecuted(): Promise<Migration | undefined> {
    const last = this.getLatestExecutedMigration(await this.getExecutedMigrations());
    return this.getMigrations().find(({ name }) => name === last?.name);
  }

  protected override getMigrations(): Migration[] {
    return super.getMigrations().filter(({ name }) => !this.later.has(name));
  }
}
