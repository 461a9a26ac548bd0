import { AuditService } from '../../engine/audit/audit.service.js';
import type { RestoreToResult } from '../../engine/audit/restore/restore-to-options.js';
import type { UndoOptions } from '../../engine/audit/undo/undo-options.js';
import { Command, Option } from '../command-line/command.js';
import { InvalidArgumentError } from '../errors.js';
import { formatTable } from '../table.js';
import { UndoingCommand } from './undo.command.js';

interface RestoreToFlags extends Pick<UndoOptions, 'dryRun' | 'force' | 'redacted'> {
  json?: boolean;
  where?: Record<string, string>;
}

@Command({
  name: 'restore-to',
  arguments: '<time> <tables>',
  description:
    'Put all rows of tables (with commas), or with --where some of them, back to a time (ISO 8601).',
})
export class RestoreToCommand extends UndoingCommand {
  constructor(audit: AuditService) {
    super(audit);
  }

  override async run([at, tables]: string[], { json, ...options }: RestoreToFlags): Promise<void> {
    await this.print(
      json,
      () => this.audit.restoreTo({ ...options, at: at!, tables: tables!.split(',') }),
      formatRestored,
    );
  }

  @Option({
    flags: '--where <column=value>',
    description: 'only rows with this value, now or then; several with commas',
  })
  parseWhere(text: string): Record<string, string> {
    const pairs = text.split(',').map((pair) => {
      const [, column, value] = /^([^=]+)=(.*)$/s.exec(pair) ?? [];
      if (column === undefined) {
        throw new InvalidArgumentError(`Write --where COLUMN=VALUE, not "${pair}".`);
      }
      return [column, value!] as const;
    });
    return Object.fromEntries(pairs);
  }
}

function formatRestored({ dryRun, tables }: RestoreToResult): string {
  const rows = tables.map(({ table, inserted, updated, deleted, lost }) => [
    table,
    ...[inserted, updated, deleted].map(String),
    lost.join(', '),
  ]);
  const title = dryRun ? 'This would be done, and was not:' : 'Done:';
  const columns = ['table', 'inserted', 'updated', 'deleted', 'not kept by the trail'];
  return `${title}\n${formatTable(columns, rows)}`;
}
