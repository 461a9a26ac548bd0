import { Inject, Injectable, Logger } from '@nestjs/common';
import { getDataSourceToken } from '@nestjs/typeorm';
import type { CommandRunner, CommandUsage, InputOf } from './command-line/command.js';
import { renewRecorders } from '../engine/connection/renew-recorders.js';
import { writeSchemaFile } from '../engine/schema/write-schema-file.js';
import type { DatabaseDataSource } from '../engine/transaction/database.data-source.js';
import { assertOwnSchemaFile } from './assert-own-schema-file.js';
import { withDatabase } from './with-database.js';

@Injectable()
export class MigrateCommand implements CommandRunner {
  static readonly usage = {
    name: 'migrate',
    description: 'Apply pending migrations.',
    options: {
      writeSchema: {
        flag: '--write-schema',
        text: 'then update migrations/schema.sql (in the repository of this package)',
      },
    },
  } satisfies CommandUsage;

  private readonly logger = new Logger('Migrate');

  constructor(@Inject(getDataSourceToken()) private readonly database: DatabaseDataSource) {}

  async run({ writeSchema }: InputOf<typeof MigrateCommand.usage>): Promise<void> {
    if (writeSchema) assertOwnSchemaFile(this.database);
    await withDatabase(this.database, async () => {
      const applied = await this.database.runMigrations();
      if (applied.length === 0) await this.renewRecorders();
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

  /** Renews the audit triggers, as a table may have been changed without a migration. */
  private async renewRecorders(): Promise<void> {
    const renewed = await this.database.transaction(({ queryRunner }) =>
      renewRecorders(queryRunner!),
    );
    if (renewed.length > 0) this.logger.log(`renewed what records ${renewed.join(', ')}`);
  }
}
