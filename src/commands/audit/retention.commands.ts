import { Command, Option } from '../command-line/command.js';
import { ProgressLine } from '../command-line/progress-line.js';
import { AuditRetention, type PruneOptions } from '../../engine/audit/retention/audit-retention.js';
import { givenOf, parseUserId, parseWholeNumber } from '../argument-values.js';
import { InvalidArgumentError } from '../errors.js';
import { AuditSubCommand } from './audit-command.js';

interface PruneFlags extends Partial<Pick<PruneOptions, 'before' | 'dryRun' | 'batchSize'>> {
  json?: boolean;
  table?: string;
}

@Command({
  name: 'prune',
  description: 'Delete old entries, and leave one that says so. The only command that deletes any.',
})
export class PruneCommand extends AuditSubCommand {
  constructor(private readonly retention: AuditRetention) {
    super();
  }

  override async run(_arguments: string[], flags: PruneFlags): Promise<void> {
    const { json, before, table, dryRun, batchSize } = flags;
    if (before === undefined) {
      throw new InvalidArgumentError('Say up to when to prune: --before TIME (ISO 8601).');
    }
    const line = new ProgressLine();
    await this.print(
      json,
      () =>
        this.retention
          .prune({
            before,
            ...givenOf({ table }),
            dryRun,
            batchSize,
            onProgress: ({ table: name, deleted, total }) => line.show(name, deleted, total),
          })
          .finally(() => line.clear()),
      ({ entries, droppedPartitions }) =>
        [
          ...droppedPartitions.map(
            (name) => `${name}: ${dryRun === true ? 'would be dropped' : 'dropped'}`,
          ),
          ...Object.entries(entries).map(
            ([name, count]) => `${name}: ${count} ${dryRun === true ? 'would go' : 'deleted'}`,
          ),
        ].join('\n') || 'Nothing is that old.',
    );
  }

  @Option({ flags: '--before <time>', description: 'entries older than this go (ISO 8601)' })
  parseBefore(value: string): string {
    return value;
  }

  @Option({ flags: '--table <name>', description: 'only this table’s (default: all)' })
  parseTable(value: string): string {
    return value;
  }

  @Option({ flags: '--dry-run', description: 'count, and delete nothing' })
  parseDryRun(): boolean {
    return true;
  }

  @Option({ flags: '--batch-size <count>', description: 'entries a transaction (default: 10000)' })
  parseBatchSize(value: string): number {
    return parseWholeNumber('--batch-size', value, { least: 1, most: 1_000_000, unit: 'entries' });
  }
}

@Command({
  name: 'erase',
  description: 'Take a user’s personal data out of the trail, and keep its entries.',
})
export class EraseCommand extends AuditSubCommand {
  constructor(private readonly retention: AuditRetention) {
    super();
  }

  override async run(
    _arguments: string[],
    { json, user }: { json?: boolean; user?: string },
  ): Promise<void> {
    if (user === undefined) {
      throw new InvalidArgumentError('Say whose data to erase: --user ID (users_id).');
    }
    await this.print(
      json,
      () => this.retention.eraseUser(user),
      ({ entries, notLookedAt }) =>
        [
          Object.entries(entries)
            .map(([table, count]) => `${table}: ${count} entries`)
            .join('\n') || 'The package’s tables have nothing about this user in the trail.',
          ...(notLookedAt.length === 0
            ? []
            : [
                `Not looked at, as nobody says where they keep personal data: ${notLookedAt.join(', ')}.`,
              ]),
        ].join('\n'),
    );
  }

  @Option({ flags: '--user <id>', description: 'the user, by users_id' })
  parseUser(value: string): string {
    return parseUserId('--user', value);
  }
}

@Command({
  name: 'partitions',
  description: 'Make the partitions of this month and the coming ones.',
})
export class PartitionsCommand extends AuditSubCommand {
  constructor(private readonly retention: AuditRetention) {
    super();
  }

  override async run(
    _arguments: string[],
    { json, months }: { json?: boolean; months?: number },
  ): Promise<void> {
    await this.print(
      json,
      () => this.retention.createPartitions(months),
      (made) => (made.length === 0 ? 'All are there.' : `made ${made.join(', ')}`),
    );
  }

  @Option({ flags: '--months <count>', description: 'how many months ahead (default: 3)' })
  parseMonths(value: string): number {
    return parseWholeNumber('--months', value, { least: 0, most: 120, unit: 'months' });
  }
}
