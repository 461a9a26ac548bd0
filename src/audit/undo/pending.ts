import type { UndoConflict } from './errors.js';
import { columnsToSet } from './columns-to-set.js';
import type { MetRow } from './met-rows.js';
import type { Reversal, UndoOptions, UndoStep } from './undo-plan.js';

/** A reversal, and the row that it meets. */
export interface Pending extends Reversal {
  readonly action: UndoStep['action'];
  /** The row's image, null where there is none. */
  readonly current: string | null;
  /** Something else changed the row since. */
  readonly changedSince: boolean;
  /** The columns that are set: none of a row that goes. */
  readonly columns: readonly string[];
  /** The columns that differ from what the undone writes found, and stay as they are. */
  readonly kept: readonly string[];
}

/** Works out what a reversal comes to for the row that it meets. */
export function pendingOf(reversal: Reversal, row: MetRow | undefined): Pending {
  const { table, target, expected, interruptedColumns } = reversal;
  const changedSince =
    interruptedColumns?.length !== 0 ||
    (row === undefined ? expected !== null : expected === null || row.changed.length > 0);
  const met = { ...reversal, current: row?.image ?? null, changedSince };
  if (target === null) {
    const action = row === undefined ? 'none' : 'delete';
    return { ...met, action, columns: [], kept: [] };
  }
  if (row === undefined) {
    return {
      ...met,
      action: 'insert',
      columns: columnsToSet({ ...met, action: 'insert' }),
      kept: [],
    };
  }
  const columns = columnsToSet({ ...met, action: 'update' });
  const kept = row.unlikeTarget.filter(
    (column) =>
      !columns.includes(column) &&
      !table.timeColumns.includes(column) &&
      table.writableColumns.includes(column),
  );
  return columns.some((column) => row.unlikeTarget.includes(column))
    ? { ...met, action: 'update', columns, kept }
    : { ...met, action: 'none', columns: [], kept };
}

/** Why a record cannot be put back without overwriting what came after; undefined when it can. */
export function conflictOf(
  pending: Pending,
  row: MetRow | undefined,
  { conflicts = 'column' }: UndoOptions,
): UndoConflict | undefined {
  const { action, table, recordId, changedSince, interruptedColumns, expected } = pending;
  const mayOverwrite = changedSince || (row !== undefined && row.changedSecrets.length > 0);
  if (action === 'none' || !mayOverwrite) return undefined;
  const others = new Set([
    ...(row?.changed ?? []),
    ...(row?.changedSecrets ?? []),
    ...(interruptedColumns ?? []),
  ]);
  const overwritten = pending.columns.filter((column) => others.has(column));
  const isWhole = conflicts === 'row' || interruptedColumns === undefined || expected === null;
  if (action === 'update' && !isWhole && overwritten.length === 0) return undefined;
  const columns = action === 'update' && !isWhole ? overwritten : [...others];
  return { table: table.name, recordId, reason: reasonOf(pending), columns };
}

function reasonOf({ expected, current, interruptedColumns }: Pending): string {
  if (interruptedColumns?.length !== 0) return 'was changed by somebody else in between';
  if (current === null) return 'has been deleted since';
  return expected === null ? 'exists again' : 'has changed since';
}
