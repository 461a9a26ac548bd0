import type { UndoConflict } from '../errors.js';
import type { UndoOptions } from '../undo-options.js';
import type { RowChange } from './row-change.js';

/**
 * The conflict that keeps a record from being put back without overwriting later changes; undefined if there
 * is none.
 */
export function conflictOf(
  change: RowChange,
  { conflicts = 'column' }: UndoOptions,
): UndoConflict | undefined {
  const { action, table, recordId, row, changedSince, interruptedColumns, expected } = change;
  if (action === 'none') return undefined;
  const others = new Set([...(row?.changed ?? []), ...(interruptedColumns ?? [])]);
  const secrets = new Set(row?.changedSecrets);
  const overwritten = change.columns.filter(
    (column) => others.has(column) || (action === 'update' && secrets.has(column)),
  );
  const isWhole =
    action !== 'update' ||
    conflicts === 'row' ||
    interruptedColumns === undefined ||
    expected === null;
  if (overwritten.length === 0 && !(isWhole && changedSince)) return undefined;
  const columns = isWhole ? [...new Set([...others, ...overwritten])] : overwritten;
  return { table: table.name, recordId, reason: reasonOf(change), columns };
}

function reasonOf({ expected, row, interruptedColumns }: RowChange): string {
  if (interruptedColumns?.length !== 0) return 'was changed by somebody else in between';
  if (row === undefined) return 'has been deleted since';
  return expected === null ? 'exists again' : 'has changed since';
}
