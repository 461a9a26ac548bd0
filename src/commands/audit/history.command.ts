import { Injectable } from '@nestjs/common';
import type { CommandUsage, InputOf } from '../command-line/command.js';
import type { Actor } from '../../engine/actor/actor.js';
import { AuditService } from '../../engine/audit/audit.service.js';
import { parseWholeNumber } from '../argument-values.js';
import {
  AuditSubCommand,
  printOptions,
  readConditions,
  readKey,
  readMoment,
} from './audit-command.js';
import { formatEntries } from './format-entries.js';
import { userNames, type UserNames } from './user-names.js';

@Injectable()
export class HistoryCommand extends AuditSubCommand {
  static readonly usage = {
    name: 'history',
    description: 'List entries, the newest first: all entries, or those of a table or a record.',
    arguments: {
      table: { placeholder: '[table]' },
      id: { placeholder: '[id]', read: readKey },
    },
    options: {
      user: {
        flag: '--user <ids>',
        text: 'changes by this user; separate several by commas',
        read: (_, text) => text.split(','),
      },
      actor: { flag: '--actor <name>', text: 'changes by this named actor, such as "seed"' },
      onBehalfOf: {
        flag: '--on-behalf-of <id>',
        text: 'changes that others made for this user',
        read: (_, text) => ({ userId: text }),
      },
      reason: { flag: '--reason <text>', text: 'changes with this reason, as it was given' },
      changed: {
        flag: '--changed <columns>',
        text: 'changes of these columns of the table; separate several by commas',
        read: (_, text) => text.split(','),
      },
      before: {
        flag: '--old <column=value>',
        text: 'changes of a column from this value; separate several by commas',
        read: readConditions,
      },
      after: {
        flag: '--new <column=value>',
        text: 'changes of a column to this value; separate several by commas',
        read: readConditions,
      },
      requestId: { flag: '--request <id>', text: 'changes by this request' },
      transactionId: { flag: '--transaction <id>', text: 'changes by this transaction' },
      tenant: { flag: '--tenant <id>', text: 'changes of rows of this tenant' },
      operations: {
        flag: '--operation <names>',
        text: 'INSERT, UPDATE, DELETE …; separate several by commas',
        read: (_, text) => text.toUpperCase().split(','),
      },
      from: {
        flag: '--from <time>',
        text: 'at this time or later (ISO 8601), or from this entry on (its sequence)',
        read: readMoment,
      },
      until: {
        flag: '--until <time>',
        text: 'before this time (ISO 8601), or before this entry (its sequence)',
        read: readMoment,
      },
      limit: {
        flag: '--limit <count>',
        text: 'entries on a page, 1 to 500 (default: 50)',
        read: (name, text) =>
          parseWholeNumber(name, text, { least: 1, most: 500, unit: 'entries' }),
      },
      cursor: { flag: '--cursor <cursor>', text: 'the page after this cursor' },
      ...printOptions,
    },
  } satisfies CommandUsage;

  constructor(private readonly audit: AuditService) {
    super();
  }

  async run(input: InputOf<typeof HistoryCommand.usage>): Promise<void> {
    const { json, user, actor, ...query } = input;
    let names: UserNames = new Map();
    await this.print(
      json,
      async () => {
        const page = await this.audit.history({ ...query, ...actorsOf(user, actor) });
        names = await userNames(this.database, page.entries);
        return page;
      },
      ({ entries, nextCursor }, terminal) =>
        formatEntries(entries, terminal, names) +
        (nextCursor === null ? '' : `\nMore: --cursor ${nextCursor}`),
    );
  }
}

/**
 * The filter by actors. It has no property `actor` without an actor, because an undefined filter is refused.
 */
function actorsOf(userIds: string[] = [], name?: string): { actor?: Actor[] } {
  const actors = [
    ...userIds.map((userId) => ({ userId })),
    ...(name === undefined ? [] : [{ name }]),
  ];
  return actors.length === 0 ? {} : { actor: actors };
}
