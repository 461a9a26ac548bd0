import { Injectable } from '@nestjs/common';
import type { CommandUsage, InputOf } from '../command-line/command.js';
import { AuditService } from '../../engine/audit/audit.service.js';
import { AuditSubCommand, printOptions, readKey } from './audit-command.js';
import { formatBlame } from './format-entries.js';
import { userNames, type UserNames } from './user-names.js';

@Injectable()
export class BlameCommand extends AuditSubCommand {
  static readonly usage = {
    name: 'blame',
    description: 'Show who last set each column of a record, when and why.',
    arguments: {
      table: { placeholder: '<table>' },
      id: { placeholder: '<id>', read: readKey },
    },
    options: printOptions,
  } satisfies CommandUsage;

  constructor(private readonly audit: AuditService) {
    super();
  }

  async run({ table, id, json }: InputOf<typeof BlameCommand.usage>): Promise<void> {
    let names: UserNames = new Map();
    await this.print(
      json,
      async () => {
        const columns = await this.audit.blame(table, id);
        const entries = columns.flatMap(({ entry, original }) => [entry, original]);
        names = await userNames(
          this.database,
          entries.filter((entry) => entry !== null),
        );
        return columns;
      },
      (columns, terminal) => formatBlame(columns, terminal, names),
    );
  }
}
