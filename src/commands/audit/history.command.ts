import { Command, Option } from '../command-line/command.js';
import { AuditService } from '../../engine/audit/audit.service.js';
import type { HistoryQuery } from '../../engine/audit/history/history-query.js';
import { givenOf, parseUserId, parseWholeNumber } from '../argument-values.js';
import { AuditSubCommand, parseKey } from './audit-command.js';
import { formatEntries } from './format-entries.js';

interface HistoryFlags {
  json?: boolean;
  user?: string;
  actor?: string;
  request?: string;
  transaction?: string;
  operation?: string;
  from?: string;
  until?: string;
  limit?: number;
  cursor?: string;
}

@Command({
  name: 'history',
  arguments: '[table] [id]',
  description: 'List entries, the newest first: all, of a table, or of a record.',
})
export class HistoryCommand extends AuditSubCommand {
  constructor(private readonly audit: AuditService) {
    super();
  }

  override async run([table, id]: string[], flags: HistoryFlags): Promise<void> {
    const query = givenOf<HistoryQuery>({
      table,
      id: id === undefined ? undefined : parseKey(id),
      actor:
        flags.user !== undefined
          ? { userId: flags.user }
          : flags.actor !== undefined
            ? { name: flags.actor }
            : undefined,
      requestId: flags.request,
      transactionId: flags.transaction,
      operations: flags.operation?.toUpperCase().split(','),
      from: flags.from,
      until: flags.until,
      limit: flags.limit,
      cursor: flags.cursor,
    });
    await this.print(
      flags.json,
      () => this.audit.history(query),
      ({ entries, nextCursor }) =>
        formatEntries(entries) + (nextCursor === null ? '' : `\nMore: --cursor ${nextCursor}`),
    );
  }

  @Option({ flags: '--user <id>', description: 'what this user did' })
  parseUser(value: string): string {
    return parseUserId('--user', value);
  }

  @Option({ flags: '--actor <name>', description: 'what this named actor did, such as "seed"' })
  parseActor(value: string): string {
    return value;
  }

  @Option({ flags: '--request <id>', description: 'what this request wrote' })
  parseRequest(value: string): string {
    return value;
  }

  @Option({ flags: '--transaction <id>', description: 'what this transaction wrote' })
  parseTransaction(value: string): string {
    return value;
  }

  @Option({ flags: '--operation <names>', description: 'INSERT, UPDATE, DELETE …, with commas' })
  parseOperation(value: string): string {
    return value;
  }

  @Option({ flags: '--from <time>', description: 'at this time or later (ISO 8601)' })
  parseFrom(value: string): string {
    return value;
  }

  @Option({ flags: '--until <time>', description: 'before this time (ISO 8601)' })
  parseUntil(value: string): string {
    return value;
  }

  @Option({ flags: '--limit <count>', description: 'entries on a page, 1 to 500 (default: 50)' })
  parseLimit(value: string): number {
    return parseWholeNumber('--limit', value, { least: 1, most: 500, unit: 'entries' });
  }

  @Option({ flags: '--cursor <cursor>', description: 'the page after this cursor' })
  parseCursor(value: string): string {
    return value;
  }
}
