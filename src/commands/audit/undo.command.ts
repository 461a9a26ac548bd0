import { Command, Option } from '../command-line/command.js';
import { AuditService } from '../../engine/audit/audit.service.js';
import type { UndoOptions, UndoResult } from '../../engine/audit/undo/undo-options.js';
import { parseChoice } from '../argument-values.js';
import { InvalidArgumentError } from '../errors.js';
import { formatTable } from '../table.js';
import { AuditSubCommand, parseKey } from './audit-command.js';

interface UndoFlags extends UndoOptions {
  json?: boolean;
  transaction?: string;
  request?: string;
  at?: string;
}

/** The flags that undoing and restoring share. */
export abstract class UndoingCommand extends AuditSubCommand {
  constructor(protected readonly audit: AuditService) {
    super();
  }

  @Option({ flags: '--dry-run', description: 'show what would happen, and change nothing' })
  parseDryRun(): boolean {
    return true;
  }

  @Option({ flags: '--force', description: 'overwrite what changed since' })
  parseForce(): boolean {
    return true;
  }

  @Option({
    flags: '--redacted <how>',
    description: 'required values that the trail never kept: refuse (default) or placeholder',
  })
  parseRedacted(value: string): 'refuse' | 'placeholder' {
    return parseChoice('--redacted', value, ['refuse', 'placeholder']);
  }
}

@Command({
  name: 'undo',
  arguments: '[sequence]',
  description: 'Undo one entry, or with --transaction or --request all that it wrote.',
})
export class UndoCommand extends UndoingCommand {
  constructor(audit: AuditService) {
    super(audit);
  }

  override async run([sequence]: string[], flags: UndoFlags): Promise<void> {
    const { json, transaction, request, at, ...options } = flags;
    await this.print(
      json,
      () => {
        if (transaction !== undefined) {
          return this.audit.undoTransaction(transaction, { ...options, at });
        }
        if (request !== undefined) return this.audit.undoRequest(request, options);
        if (sequence !== undefined) return this.audit.undo(sequence, options);
        throw new InvalidArgumentError(
          'Name what to undo: an entry’s sequence, --transaction ID or --request ID.',
        );
      },
      formatResult,
    );
  }

  @Option({
    flags: '--conflicts <what>',
    description: 'what a later change must not have touched: the same column (default) or the row',
  })
  parseConflicts(value: string): 'column' | 'row' {
    return parseChoice('--conflicts', value, ['column', 'row']);
  }

  @Option({ flags: '--transaction <id>', description: 'undo what this transaction wrote' })
  parseTransaction(value: string): string {
    return value;
  }

  @Option({
    flags: '--at <time>',
    description: 'the transaction’s time (ISO 8601), where several have its id',
  })
  parseAt(value: string): string {
    return value;
  }

  @Option({ flags: '--request <id>', description: 'undo what this request wrote' })
  parseRequest(value: string): string {
    return value;
  }
}

@Command({
  name: 'restore',
  arguments: '<table> <id> <time>',
  description: 'Put a record back to what it was at a time (ISO 8601).',
})
export class RestoreCommand extends UndoingCommand {
  constructor(audit: AuditService) {
    super(audit);
  }

  override async run([table, id, at]: string[], flags: UndoFlags): Promise<void> {
    const { json, ...options } = flags;
    await this.print(
      json,
      () => this.audit.restore(table!, parseKey(id!), at!, options),
      formatResult,
    );
  }
}

function formatResult({ dryRun, steps }: UndoResult): string {
  const rows = steps.map(({ action, table, recordId, columns, kept, lost }) => [
    action,
    `${table} ${recordId}`,
    action === 'update' ? columns.join(', ') : '',
    kept.join(', '),
    lost.join(', '),
  ]);
  const title = dryRun ? 'This would be done, and was not:' : 'Done:';
  return steps.length === 0
    ? 'Nothing to do.'
    : `${title}\n${formatTable(['action', 'record', 'columns', 'stay as they are', 'not kept by the trail'], rows)}`;
}
