import { Injectable } from '@nestjs/common';
import type { CommandUsage, InputOf } from '../command-line/command.js';
import { AuditRetention } from '../../engine/audit/retention/audit-retention.js';
import { parseWholeNumber } from '../argument-values.js';
import { AuditSubCommand, printOptions } from './audit-command.js';

@Injectable()
export class PartitionsCommand extends AuditSubCommand {
  static readonly usage = {
    name: 'partitions',
    description: 'Create the partitions of this month and the coming months.',
    options: {
      months: {
        flag: '--months <count>',
        text: 'how many months ahead (default: 3)',
        read: (name, text) => parseWholeNumber(name, text, { least: 0, most: 120, unit: 'months' }),
      },
      ...printOptions,
    },
  } satisfies CommandUsage;

  constructor(private readonly retention: AuditRetention) {
    super();
  }

  async run({ json, months }: InputOf<typeof PartitionsCommand.usage>): Promise<void> {
    await this.print(
      json,
      () => this.retention.createPartitions(months),
      (made) => (made.length === 0 ? 'All partitions exist.' : `created ${made.join(', ')}`),
    );
  }
}
