import type { ColumnChange } from '../../engine/audit/history/audit-entry.js';
import type { UndoResult, UndoStep } from '../../engine/audit/undo/undo-options.js';
import { parseChoice } from '../argument-values.js';
import type { OptionTable } from '../command-line/options.js';
import { printable } from '../terminal/printable.js';
import { plainTerminal, type Terminal } from '../terminal/terminal.js';
import { hang, wrap } from '../terminal/wrap.js';
import { writeOptions } from './audit-command.js';
import { formatChange, formatColumn } from './format-entries.js';

/** The options of all commands that undo or restore. */
export const undoingOptions = {
  dryRun: { flag: '--dry-run', text: 'show what would happen, and change nothing' },
  force: { flag: '--force', text: 'overwrite later changes' },
  redacted: {
    flag: '--redacted <how>',
    text: 'required values that the trail never kept: refuse (default) or placeholder',
    read: (name, text) => parseChoice(name, text, ['refuse', 'placeholder']),
  },
  ...writeOptions,
} satisfies OptionTable;

/** The option of commands that put one record back. */
export const columnOption = {
  columns: {
    flag: '--column <columns>',
    text: 'put back only these columns; separate several by commas',
    read: (_, text) => text.split(','),
  },
} satisfies OptionTable;

/** Formats the steps of an undo: each record with the values that it gets. */
export function formatUndo({ dryRun, steps }: UndoResult, terminal = plainTerminal): string {
  if (steps.length === 0) return 'Nothing to change.';
  const title = dryRun ? 'Dry run, nothing was changed. Planned:' : 'Done:';
  return [title, ...steps.flatMap((step) => formatStep(step, terminal))].join('\n');
}

const indent = 4;

function formatStep(step: UndoStep, terminal: Terminal): string[] {
  const { action, table, recordId, changes, kept, lost } = step;
  const room = terminal.width - indent;
  const record = terminal.paint('bold', printable(`${table} ${recordId}`));
  const details = [
    ...(action === 'none' ? ['Nothing to change.'] : []),
    ...changes.map((change) => formatStepChange(action, change, { ...terminal, width: room })),
    ...(kept.length === 0 ? [] : [`stay as they are: ${kept.join(', ')}`]),
    ...(lost.length === 0 ? [] : [`not kept by the trail: ${lost.join(', ')}`]),
  ];
  return [
    ...hang(wrap(`${action} ${record}`, room), indent),
    ...details.flatMap((line) =>
      hang(wrap(line, room - 2), 2).map((part) => ' '.repeat(indent) + part),
    ),
  ];
}

function formatStepChange(
  action: UndoStep['action'],
  change: ColumnChange,
  terminal: Terminal,
): string {
  if (action === 'update' || change.redacted) return formatChange(change, terminal);
  return formatColumn(change.column, action === 'insert' ? change.to : change.from, terminal);
}
