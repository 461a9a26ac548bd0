import { Inject, Injectable } from '@nestjs/common';
import { getDataSourceToken } from '@nestjs/typeorm';
import type { CommandRunner, CommandUsage } from './command-line/command.js';
import type { DatabaseDataSource } from '../engine/transaction/database.data-source.js';
import { checkSchema } from '../engine/schema/check-schema.js';
import { formatFinding } from '../engine/schema/schema-finding.js';
import { withDatabase } from './with-database.js';

@Injectable()
export class CheckCommand implements CommandRunner {
  static readonly usage = {
    name: 'check',
    description: 'Compare the database with the entities, migrations/schema.sql and the triggers.',
  } satisfies CommandUsage;

  constructor(@Inject(getDataSourceToken()) private readonly database: DatabaseDataSource) {}

  async run(): Promise<void> {
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
