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
  // What an undo does not set back says nothing of who wrote it.
  const changed = row?.changed.filter((column) => !table.forwardOnlyColumns.includes(column));
  const changedSince =
    interruptedColumns?.length !== 0 ||
    (changed === undefined ? expected !== null : expected === null || changed.length > 0);
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
  if (action === 'none') return undefined;
  const others = new Set([...(row?.changed ?? []), ...(interruptedColumns ?? [])]);
  const secrets = new Set(row?.changedSecrets);
  const overwritten = pending.columns.filter(
    (column) => others.has(column) || (action === 'update' && secrets.has(column)),
  );
  const isWhole =
    action !== 'update' ||
    conflicts === 'row' ||
    interruptedColumns === undefined ||
    expected === null;
  if (overwritten.length === 0 && !(isWhole && changedSince)) return undefined;
  const columns = isWhole ? [...new Set([...others, ...overwritten])] : overwritten;
  return { table: table.name, recordId, reason: reasonOf(pending), columns };
}

function reasonOf({ expected, current, interruptedColumns }: Pending): string {
  if (interruptedColumns?.length !== 0) return 'was changed by somebody else in between';
  if (current === null) return 'has been deleted since';
  return expected === null ? 'exists again' : 'has changed since';
}
