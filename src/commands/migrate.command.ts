import { Inject, Injectable, Logger } from '@nestjs/common';
import { getDataSourceToken } from '@nestjs/typeorm';
import type { CommandRunner, CommandUsage, InputOf } from './command-line/command.js';
import { renewRecorders } from '../engine/connection/renew-recorders.js';
import { EmbeddedEngineMissingError } from '../engine/embedded/errors.js';
import { findInvalidIndexes, rebuildIndex } from '../engine/schema/invalid-indexes.js';
import { planMigrations, type PlannedMigration } from '../engine/schema/plan-migrations.js';
import { writeSchemaFile } from '../engine/schema/write-schema-file.js';
import type { DatabaseDataSource } from '../engine/transaction/database.data-source.js';
import { PlanUnavailableError } from './errors.js';
import { formatPlan } from './format-plan.js';
import { assertOwnSchemaFile } from './assert-own-schema-file.js';
import { formatTable } from './terminal/table.js';
import { terminalOf } from './terminal/terminal.js';
import { withDatabase } from './with-database.js';

@Injectable()
export class MigrateCommand implements CommandRunner {
  static readonly usage = {
    name: 'migrate',
    description: 'Apply pending migrations.',
    options: {
      plan: {
        flag: '--plan',
        text: 'list the pending migrations with the locks that they take, and apply none',
      },
      status: {
        flag: '--status',
        text: 'list all migrations and whether they are applied; the exit code is 1 if some are pending',
      },
      writeSchema: {
        flag: '--write-schema',
        text: 'then update migrations/schema.sql (in the repository of this package)',
      },
    },
  } satisfies CommandUsage;

  private readonly logger = new Logger('Migrate');

  constructor(@Inject(getDataSourceToken()) private readonly database: DatabaseDataSource) {}

  async run({ plan, status, writeSchema }: InputOf<typeof MigrateCommand.usage>): Promise<void> {
    if (plan) return await this.plan();
    if (status) return await this.status();
    if (writeSchema) assertOwnSchemaFile(this.database);
    await withDatabase(this.database, async () => {
      const applied = await this.database.runMigrations();
      if (applied.length === 0) await this.renewRecorders();
      await this.rebuildIndexes();
      // TypeORM has already logged the name of each migration.
      this.logger.log(
        applied.length === 0
          ? 'nothing to do: the database is up to date'
          : `applied ${applied.length} migration(s)`,
      );
      if (writeSchema) {
        const changed = await writeSchemaFile(this.database);
        this.logger.log(`migrations/schema.sql ${changed ? 'written' : 'is as it should be'}`);
      }
    });
  }

  private async plan(): Promise<void> {
    const planned = await withDatabase(this.database, () => this.planned());
    console.log(planned.length === 0 ? 'No migrations are pending.' : formatPlan(planned));
  }

  private async status(): Promise<void> {
    const pending = new Set(
      await withDatabase(this.database, () => this.database.pendingMigrations()),
    );
    const names = this.database.migrations.map(
      (migration) => migration.name ?? migration.constructor.name,
    );
    const rows = names.map((name) => [name, pending.has(name) ? 'pending' : 'applied']);
    console.log(formatTable(['migration', 'state'], rows, terminalOf(process.stdout)));
    if (pending.size > 0) process.exitCode = 1;
  }

  /** @throws PlanUnavailableError when the embedded engine is not installed */
  private async planned(): Promise<PlannedMigration[]> {
    try {
      return await planMigrations(this.database);
    } catch (error) {
      if (error instanceof EmbeddedEngineMissingError)
        throw new PlanUnavailableError(error.missing);
      throw error;
    }
  }

  /** Rebuilds invalid indexes. The database works without them, so that a failure is a warning. */
  private async rebuildIndexes(): Promise<void> {
    for (const index of await findInvalidIndexes(this.database)) {
      try {
        await rebuildIndex(this.database, index);
        this.logger.log(`${index.isCopy ? 'dropped' : 'rebuilt'} the invalid index ${index.name}`);
      } catch (error) {
        this.logger.warn(
          `the invalid index ${index.name} could not be rebuilt: ${(error as Error).message}`,
        );
      }
    }
  }

  /** Renews the audit triggers, as a table may have been changed without a migration. */
  private async renewRecorders(): Promise<void> {
    const renewed = await this.database.transaction(({ queryRunner }) =>
      renewRecorders(queryRunner!),
    );
    if (renewed.length > 0) this.logger.log(`renewed what records ${renewed.join(', ')}`);
  }
}
