import type { Reversal } from '../reversals/reversal.js';
import type { UndoStep } from '../undo-options.js';
import { columnsToSet } from './columns-to-set.js';
import type { CurrentRow } from './lock-rows.js';

/** What a reversal comes to for the row as it is now. */
export interface RowChange extends Reversal {
  readonly action: UndoStep['action'];
  /** Undefined where there is none. */
  readonly row: CurrentRow | undefined;
  /** Something else changed the row since. */
  readonly changedSince: boolean;
  /** The columns that are set: none of a row that goes. */
  readonly columns: readonly string[];
  /** The columns that differ from what the undone writes found, and stay as they are. */
  readonly kept: readonly string[];
}

export function changeOf(reversal: Reversal, row: CurrentRow | undefined): RowChange {
  const { table, target, expected, interruptedColumns } = reversal;
  // What an undo does not set back says nothing of who wrote it.
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
