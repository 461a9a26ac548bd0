import { Inject, Injectable } from '@nestjs/common';
import { getDataSourceToken } from '@nestjs/typeorm';
import type { CommandRunner, CommandUsage, InputOf } from './command-line/command.js';
import { monthsOf } from '../engine/config/maintenance-options.js';
import {
  MaintenanceService,
  type MaintenanceReport,
} from '../engine/maintenance/maintenance.service.js';
import type { DatabaseDataSource } from '../engine/transaction/database.data-source.js';
import { parseWholeNumber } from './argument-values.js';
import { withDatabase } from './with-database.js';

@Injectable()
export class MaintainCommand implements CommandRunner {
  static readonly usage = {
    name: 'maintain',
    description:
      'Create partitions of the audit trail, drop those that are too old, and purge expired rows.',
    options: {
      months: {
        flag: '--months <count>',
        text: 'how many coming months have a partition (default: 3)',
        read: (name, text) => parseWholeNumber(name, text, { least: 0, most: 120, unit: 'months' }),
      },
      retention: {
        flag: '--retention <time>',
        text: 'drop months that are older, such as "24 months" (default: DATABASE_RETENTION)',
      },
      archive: {
        flag: '--archive <folder>',
        text: 'first write each month that is dropped to a file in this folder',
      },
      noPurge: { flag: '--no-purge', text: 'keep expired rows' },
      json: { flag: '--json', text: 'print JSON instead of text' },
    },
  } satisfies CommandUsage;

  constructor(
    @Inject(getDataSourceToken()) private readonly database: DatabaseDataSource,
    private readonly maintenance: MaintenanceService,
  ) {}

  async run(input: InputOf<typeof MaintainCommand.usage>): Promise<void> {
    const { months = 3, archive, noPurge, json } = input;
    const retention = input.retention ?? process.env.DATABASE_RETENTION;
    const report = await withDatabase(this.database, () =>
      this.maintenance.run({
        partitions: months,
        retention: retention ? monthsOf(retention) : undefined,
        archive,
        purge: noPurge !== true,
      }),
    );
    if (json === true)
      console.log(JSON.stringify({ ...report, failures: messages(report) }, null, 2));
    else console.log(format(report));
    for (const [name, message] of Object.entries(messages(report))) {
      console.error(`${name} failed: ${message}`);
      process.exitCode = 1;
    }
  }
}

function messages({ failures }: MaintenanceReport): Record<string, string> {
  return Object.fromEntries(Object.entries(failures).map(([name, { message }]) => [name, message]));
}

function format({ createdPartitions, droppedPartitions, purged }: MaintenanceReport): string {
  return (
    [
      ...createdPartitions.map((name) => `created ${name}`),
      ...droppedPartitions.map((name) => `dropped ${name}`),
      ...Object.entries(purged)
        .filter(([, count]) => count > 0)
        .map(([name, count]) => `${name}: ${count}`),
    ].join('\n') || 'Nothing to do.'
  );
}
