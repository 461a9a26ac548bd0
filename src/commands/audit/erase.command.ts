import { Injectable } from '@nestjs/common';
import type { CommandUsage, InputOf } from '../command-line/command.js';
import { AuditRetention } from '../../engine/audit/retention/audit-retention.js';
import { InvalidArgumentError } from '../errors.js';
import { AuditSubCommand, printOptions } from './audit-command.js';

@Injectable()
export class EraseCommand extends AuditSubCommand {
  static readonly usage = {
    name: 'erase',
    description: 'Take a user’s personal data out of the trail, and keep its entries.',
    options: {
      user: { flag: '--user <id>', text: 'the user, by the key of their row' },
      ...printOptions,
    },
  } satisfies CommandUsage;

  constructor(private readonly retention: AuditRetention) {
    super();
  }

  async run({ json, user }: InputOf<typeof EraseCommand.usage>): Promise<void> {
    if (user === undefined) {
      throw new InvalidArgumentError('Say whose data to erase: --user ID (the key of their row).');
    }
    await this.print(
      json,
      () => this.retention.eraseUser(user),
      ({ entries, notLookedAt }) =>
        [
          Object.entries(entries)
            .map(([table, count]) => `${table}: ${count} entries`)
            .join('\n') ||
            'The trail has nothing about this user where the entities say that data is personal.',
          ...(notLookedAt.length === 0
            ? []
            : [
                `Not looked at, as nobody says where they keep personal data: ${notLookedAt.join(', ')}.`,
              ]),
        ].join('\n'),
    );
  }
}
