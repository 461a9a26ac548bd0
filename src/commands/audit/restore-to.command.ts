import { Injectable } from '@nestjs/common';
import { AuditService } from '../../engine/audit/audit.service.js';
import type { RestoreToResult } from '../../engine/audit/restore/restore-to-options.js';
import type { CommandUsage, InputOf } from '../command-line/command.js';
import { formatTable } from '../terminal/table.js';
import type { Terminal } from '../terminal/terminal.js';
import { AuditSubCommand, readConditions, readMoment } from './audit-command.js';
import { undoingOptions } from './undoing.js';

@Injectable()
export class RestoreToCommand extends AuditSubCommand {
  static readonly usage = {
    name: 'restore-to',
    description:
      'Put all rows of tables (separated by commas) back to a time (ISO 8601 or the sequence of an entry), or some rows with --where.',
    arguments: {
      at: { placeholder: '<time>', read: readMoment },
      tables: { placeholder: '<tables>', read: (_, text) => text.split(',') },
    },
    options: {
      where: {
        flag: '--where <column=value>',
        text: 'only rows with this value, now or at that time; separate several by commas',
        read: readConditions,
      },
      ...undoingOptions,
    },
  } satisfies CommandUsage;

  constructor(private readonly audit: AuditService) {
    super();
  }

  async run({ json, ...options }: InputOf<typeof RestoreToCommand.usage>): Promise<void> {
    await this.print(json, () => this.audit.restoreTo(options), formatRestored);
  }
}

function formatRestored({ dryRun, tables }: RestoreToResult, terminal: Terminal): string {
  const rows = tables.map(({ table, inserted, updated, deleted, lost }) => [
    table,
    ...[inserted, updated, deleted].map(String),
    lost.join(', '),
  ]);
  const title = dryRun ? 'Dry run, nothing was changed. Planned:' : 'Done:';
  const columns = ['table', 'inserted', 'updated', 'deleted', 'not kept by the trail'];
  return `${title}\n${formatTable(columns, rows, terminal)}`;
}
