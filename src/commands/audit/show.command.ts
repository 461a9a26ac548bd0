import { Injectable } from '@nestjs/common';
import type { CommandUsage, InputOf } from '../command-line/command.js';
import { AuditService } from '../../engine/audit/audit.service.js';
import { AuditSubCommand, printOptions, readKey, readMoment } from './audit-command.js';
import { formatImage } from './format-entries.js';

@Injectable()
export class ShowCommand extends AuditSubCommand {
  static readonly usage = {
    name: 'show',
    description: 'Show a record as it was at a time (ISO 8601), or after an entry (its sequence).',
    arguments: {
      table: { placeholder: '<table>' },
      id: { placeholder: '<id>', read: readKey },
      at: { placeholder: '<time>', read: readMoment },
    },
    options: printOptions,
  } satisfies CommandUsage;

  constructor(private readonly audit: AuditService) {
    super();
  }

  async run({ table, id, at, json }: InputOf<typeof ShowCommand.usage>): Promise<void> {
    await this.print(json, () => this.audit.imageAt(table, id, at), formatImage);
  }
}
