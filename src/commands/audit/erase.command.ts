import { Injectable } from '@nestjs/common';
import type { CommandUsage, InputOf } from '../command-line/command.js';
import { annotate } from '../../engine/actor/actor-context.js';
import { AuditRetention } from '../../engine/audit/retention/audit-retention.js';
import { InvalidArgumentError } from '../errors.js';
import { AuditSubCommand, writeOptions } from './audit-command.js';

@Injectable()
export class EraseCommand extends AuditSubCommand {
  static readonly usage = {
    name: 'erase',
    description: 'Erase a user’s personal data from the trail. The entries stay.',
    options: {
      user: { flag: '--user <id>', text: 'the user’s primary key' },
      ...writeOptions,
    },
  } satisfies CommandUsage;

  constructor(private readonly retention: AuditRetention) {
    super();
  }

  async run({ json, user, reason }: InputOf<typeof EraseCommand.usage>): Promise<void> {
    if (user === undefined) {
      throw new InvalidArgumentError(
        'Set the user whose data to erase: --user ID (the user’s primary key).',
      );
    }
    await this.print(
      json,
      () => annotate({ reason }, () => this.retention.eraseUser(user)),
      ({ entries, notLookedAt }) =>
        [
          Object.entries(entries)
            .map(([table, count]) => `${table}: ${count} entries`)
            .join('\n') ||
            'The trail has no personal data of this user in the columns that entities mark as personal.',
          ...(notLookedAt.length === 0
            ? []
            : [
                `Not searched, because no entity declares their personal data: ${notLookedAt.join(', ')}.`,
              ]),
        ].join('\n'),
    );
  }
}
