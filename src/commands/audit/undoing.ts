import type { UndoResult } from '../../engine/audit/undo/undo-options.js';
import { parseChoice } from '../argument-values.js';
import type { OptionTable } from '../command-line/options.js';
import { formatTable } from '../table.js';
import { printOptions } from './audit-command.js';

/** The options of all commands that undo or restore. */
export const undoingOptions = {
  dryRun: { flag: '--dry-run', text: 'show what would happen, and change nothing' },
  force: { flag: '--force', text: 'overwrite later changes' },
  redacted: {
    flag: '--redacted <how>',
    text: 'required values that the trail never kept: refuse (default) or placeholder',
    read: (name, text) => parseChoice(name, text, ['refuse', 'placeholder']),
  },
  ...printOptions,
} satisfies OptionTable;

/** Formats the steps of an undo as a table. */
export function formatUndo({ dryRun, steps }: UndoResult): string {
  const rows = steps.map(({ action, table, recordId, columns, kept, lost }) => [
    action,
    `${table} ${recordId}`,
    action === 'update' ? columns.join(', ') : '',
    kept.join(', '),
    lost.join(', '),
  ]);
  const title = dryRun ? 'Dry run, nothing was changed. Planned:' : 'Done:';
  return steps.length === 0
    ? 'Nothing to change.'
    : `${title}\n${formatTable(['action', 'record', 'columns', 'stay as they are', 'not kept by the trail'], rows)}`;
}
