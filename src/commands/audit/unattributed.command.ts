import { Injectable } from '@nestjs/common';
import type { CommandUsage, InputOf } from '../command-line/command.js';
import { unattributedWritesPolicies } from '../../engine/config/database-options.js';
import { parseChoice } from '../argument-values.js';
import { AuditSubCommand, printOptions } from './audit-command.js';

@Injectable()
export class UnattributedCommand extends AuditSubCommand {
  static readonly usage = {
    name: 'unattributed',
    description:
      'Set whether the database rejects or allows writes without an actor, from any client.',
    arguments: {
      policy: {
        placeholder: '<policy>',
        read: (_, text) => parseChoice('unattributed', text, unattributedWritesPolicies),
      },
    },
    options: printOptions,
  } satisfies CommandUsage;

  async run({ policy, json }: InputOf<typeof UnattributedCommand.usage>): Promise<void> {
    await this.print(
      json,
      async () => {
        // ALTER DATABASE takes no parameters. The policy is one of two words, so it is safe to insert.
        await this.database.query(
          `DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET app.unattributed_writes = %L', current_database(), '${policy}'); END $$`,
        );
        return { policy };
      },
      () => `New connections now ${policy} writes without an actor.`,
    );
  }
}
