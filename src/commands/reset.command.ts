import { Inject, Injectable, Logger, Optional } from '@nestjs/common';
import { getDataSourceToken } from '@nestjs/typeorm';
import { confirm, confirmOption } from './confirm.js';
import type { CommandRunner, CommandUsage, InputOf } from './command-line/command.js';
import { MigrationExecutor } from 'typeorm';
import { SeedService } from '../../seeds/seed.service.js';
import type { DatabaseDataSource } from '../engine/transaction/database.data-source.js';
import { ResetFailedError, ResetInProductionError } from './errors.js';
import { isPrivilegeMissing } from './is-privilege-missing.js';
import { withDatabase } from './with-database.js';

/**
 * Reverts the migrations instead of dropping schemas, because the database may have other objects.
 */
@Injectable()
export class ResetCommand implements CommandRunner {
  static readonly usage = {
    name: 'reset',
    description:
      'Drop everything, including the audit trail, then migrate and seed (refused in production).',
    options: confirmOption,
  } satisfies CommandUsage;

  private readonly logger = new Logger('Reset');

  constructor(
    @Inject(getDataSourceToken()) private readonly database: DatabaseDataSource,
    // An application that has the core alone has nothing to seed.
    @Optional() private readonly seeds?: SeedService,
  ) {}

  async run({ yes }: InputOf<typeof ResetCommand.usage>): Promise<void> {
    if (process.env.NODE_ENV === 'production') throw new ResetInProductionError();
    await confirm('This drops every table, with its data and the audit trail', this.database, yes);
    await withDatabase(this.database, async () => {
      const reverted = await this.revertAll();
      this.logger.log(`reverted ${reverted} migration(s)`);
      const applied = await this.database.runMigrations();
      this.logger.log(`applied ${applied.length} migration(s)`);
      await this.seeds?.run();
    });
  }

  private async revertAll(): Promise<number> {
    const executed = await new MigrationExecutor(this.database).getExecutedMigrations();
    try {
      for (let left = executed.length; left > 0; left--) await this.database.undoLastMigration();
    } catch (error) {
      // The remedy is another role, and not another database.
      if (isPrivilegeMissing(error)) throw error;
      throw new ResetFailedError(error as Error);
    }
    return executed.length;
  }
}
