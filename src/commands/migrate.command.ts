import { Inject, Logger } from '@nestjs/common';
import { getDataSourceToken } from '@nestjs/typeorm';
import { Command, CommandRunner, Option } from './command-line/command.js';
import {
  renewRecorders,
  type DatabaseDataSource,
} from '../engine/connection/database.data-source.js';
import { writeSchemaFile } from '../engine/schema/write-schema-file.js';
import { withDatabase } from './with-database.js';

interface MigrateOptions {
  writeSchema?: boolean;
}

@Command({ name: 'migrate', description: 'Apply the migrations that the database lacks.' })
export class MigrateCommand extends CommandRunner {
  private readonly logger = new Logger('Migrate');

  constructor(@Inject(getDataSourceToken()) private readonly database: DatabaseDataSource) {
    super();
  }

  override async run(_arguments: string[], { writeSchema }: MigrateOptions = {}): Promise<void> {
    await withDatabase(this.database, async () => {
      const applied = await this.database.runMigrations();
      if (applied.length === 0) await this.renewRecorders();
      // TypeORM has named each by now.
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

  /** Somebody may have changed a table past the migrations. */
  private async renewRecorders(): Promise<void> {
    const renewed = await this.database.transaction(({ queryRunner }) =>
      renewRecorders(queryRunner!),
    );
    if (renewed.length > 0) this.logger.log(`renewed what records ${renewed.join(', ')}`);
  }

  @Option({
    flags: '--write-schema',
    description: 'then write migrations/schema.sql anew (for development)',
  })
  parseWriteSchema(): boolean {
    return true;
  }
}
