import { Injectable } from '@nestjs/common';
import type { CommandUsage, InputOf } from '../command-line/command.js';
import { AuditService } from '../../engine/audit/audit.service.js';
import { AuditSubCommand, readKey, readMoment } from './audit-command.js';
import { columnOption, formatUndo, undoingOptions } from './undoing.js';

@Injectable()
export class RestoreCommand extends AuditSubCommand {
  static readonly usage = {
    name: 'restore',
    description:
      'Put a record back to what it was at a time (ISO 8601), or when an entry (its sequence) was written.',
    arguments: {
      table: { placeholder: '<table>' },
      id: { placeholder: '<id>', read: readKey },
      at: { placeholder: '<time>', read: readMoment },
    },
    options: { ...columnOption, ...undoingOptions },
  } satisfies CommandUsage;

  constructor(private readonly audit: AuditService) {
    super();
  }

  async run(input: InputOf<typeof RestoreCommand.usage>): Promise<void> {
    const { json, table, id, at, ...options } = input;
    await this.print(json, () => this.audit.restore(table, id, at, options), formatUndo);
  }
}
