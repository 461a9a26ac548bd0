import { Injectable } from '@nestjs/common';
import type { CommandUsage, InputOf } from '../command-line/command.js';
import { ProgressLine } from '../command-line/progress-line.js';
import { annotate } from '../../engine/actor/actor-context.js';
import { AuditService } from '../../engine/audit/audit.service.js';
import { AuditRetention } from '../../engine/audit/retention/audit-retention.js';
import { parseWholeNumber } from '../argument-values.js';
import { InvalidArgumentError } from '../errors.js';
import { AuditSubCommand, readMoment, writeOptions } from './audit-command.js';

@Injectable()
export class PruneCommand extends AuditSubCommand {
  static readonly usage = {
    name: 'prune',
    description: 'Delete old entries, and record the deletion. No other command deletes entries.',
    options: {
      before: {
        flag: '--before <time>',
        text: 'delete entries before this time (ISO 8601), or before this entry (its sequence)',
        read: readMoment,
      },
      table: { flag: '--table <name>', text: 'only entries of this table (default: all tables)' },
      dryRun: { flag: '--dry-run', text: 'only count the entries' },
      batchSize: {
        flag: '--batch-size <count>',
        text: 'entries per transaction (default: 10000)',
        read: (name, text) =>
          parseWholeNumber(name, text, { least: 1, most: 1_000_000, unit: 'entries' }),
      },
      ...writeOptions,
    },
  } satisfies CommandUsage;

  constructor(
    private readonly retention: AuditRetention,
    private readonly audit: AuditService,
  ) {
    super();
  }

  async run(input: InputOf<typeof PruneCommand.usage>): Promise<void> {
    const { json, before, reason, ...options } = input;
    if (before === undefined) {
      throw new InvalidArgumentError(
        'Set the time up to which to prune: --before TIME (ISO 8601).',
      );
    }
    const line = new ProgressLine();
    await this.print(
      json,
      () =>
        annotate({ reason }, async () =>
          this.retention.prune({
            ...options,
            before: await this.audit.timeOf(before),
            onProgress: ({ table: name, deleted, total }) => line.show(name, deleted, total),
          }),
        ).finally(() => line.clear()),
      ({ entries, droppedPartitions }) =>
        [
          ...droppedPartitions.map(
            (name) => `${name}: ${options.dryRun ? 'would be dropped' : 'dropped'}`,
          ),
          ...Object.entries(entries).map(
            ([name, count]) => `${name}: ${count} ${options.dryRun ? 'would go' : 'deleted'}`,
          ),
        ].join('\n') || 'No entries are older.',
    );
  }
}
