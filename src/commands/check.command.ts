import { Inject } from '@nestjs/common';
import { getDataSourceToken } from '@nestjs/typeorm';
import { Command, CommandRunner } from './command-line/command.js';
import type { DatabaseDataSource } from '../engine/connection/database.data-source.js';
import { checkSchema } from '../engine/schema/check-schema.js';
import { formatFinding } from '../engine/schema/schema-finding.js';
import { withDatabase } from './with-database.js';

@Command({
  name: 'check',
  description: 'Compare the database with the entities, migrations/schema.sql and the triggers.',
})
export class CheckCommand extends CommandRunner {
  constructor(@Inject(getDataSourceToken()) private readonly database: DatabaseDataSource) {
    super();
  }

  override async run(): Promise<void> {
    const findings = await withDatabase(this.database, () => checkSchema(this.database));
    if (findings.length === 0) {
      console.log('The database, the entities and migrations/schema.sql agree.');
      return;
    }
    for (const finding of findings) console.error(formatFinding(finding));
    console.error(`${findings.length} finding(s).`);
    process.exitCode = 1;
  }
}
