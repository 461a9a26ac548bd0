import { Injectable } from '@nestjs/common';
import type { CommandUsage, InputOf } from '../command-line/command.js';
import { AuditService } from '../../engine/audit/audit.service.js';
import { AuditSubCommand, printOptions, readKey, readMoment } from './audit-command.js';
import { formatChanges } from './format-entries.js';

@Injectable()
export class DiffCommand extends AuditSubCommand {
  static readonly usage = {
    name: 'diff',
    description:
      'Show how a record differs between two times (ISO 8601) or entries (their sequences); the second is now if left out.',
    arguments: {
      table: { placeholder: '<table>' },
      id: { placeholder: '<id>', read: readKey },
      from: { placeholder: '<from>', read: readMoment },
      to: { placeholder: '[to]', read: readMoment },
    },
    options: printOptions,
  } satisfies CommandUsage;

  constructor(private readonly audit: AuditService) {
    super();
  }

  async run({ table, id, from, to, json }: InputOf<typeof DiffCommand.usage>): Promise<void> {
    await this.print(json, () => this.audit.diff(table, id, from, to), formatChanges);
  }
}
