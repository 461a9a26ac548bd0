import type { Reversal } from '../reversals/reversal.js';
import type { UndoStep } from '../undo-options.js';
import { columnsToSet } from './columns-to-set.js';
import type { CurrentRow } from './lock-rows.js';

/** The change that a reversal makes to the current row. */
export interface RowChange extends Reversal {
  readonly action: UndoStep['action'];
  /** The current row; undefined if it does not exist. */
  readonly row: CurrentRow | undefined;
  /** Whether other writes changed the row since. */
  readonly changedSince: boolean;
  /** The columns that are set; empty for a row that is deleted. */
  readonly columns: readonly string[];
  /** The columns that differ from the target and stay as they are. */
  readonly kept: readonly string[];
}

export function changeOf(reversal: Reversal, row: CurrentRow | undefined): RowChange {
  const { table, target, expected, interruptedColumns } = reversal;
  // Changes of forward-only columns do not count as changes by others, because an undo does not set these
  // back.
  const changed = row?.changed.filter((column) => !table.forwardOnlyColumns.includes(column));
  const changedSince =
    interruptedColumns?.length !== 0 ||
    (changed === undefined ? expected !== null : expected === null || changed.length > 0);
  const found = { ...reversal, row, changedSince };
  if (target === null) {
    const action = row === undefined ? 'none' : 'delete';
    return { ...found, action, columns: [], kept: [] };
  }
  if (row === undefined) {
    const columns = columnsToSet({ ...found, action: 'insert' });
    return { ...found, action: 'insert', columns, kept: [] };
  }
  const columns = columnsToSet({ ...found, action: 'update' });
  const kept = row.unlikeTarget.filter(
    (column) =>
      !columns.includes(column) &&
      !table.timeColumns.includes(column) &&
      table.writableColumns.includes(column),
  );
  return columns.some((column) => row.unlikeTarget.includes(column))
    ? { ...found, action: 'update', columns, kept }
    : { ...found, action: 'none', columns: [], kept };
}
