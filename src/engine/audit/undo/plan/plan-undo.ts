import type { EntityManager } from 'typeorm';
import { groupBy } from '../../../common/group-by.js';
import { isCounter } from '../counters.js';
import { UndoConflictError } from '../errors.js';
import type { ForeignKeys } from '../foreign-keys.js';
import type { Reversal } from '../reversals/reversal.js';
import type { UndoOptions } from '../undo-options.js';
import { conflictOf } from './conflict-of.js';
import { countersThatStay } from './counters-that-stay.js';
import { lockRows } from './lock-rows.js';
import { withNewestCounts } from './with-newest-counts.js';
import { planStep } from './plan-step.js';
import type { PlannedChange } from './planned-change.js';
import { changeOf, type RowChange } from './row-change.js';

/**
 * Plans what is done to each record, and locks its row. Values that the trail lacks are reported here, before
 * anything is written.
 *
 * @throws UndoConflictError, UndoImpossibleError, UndoRedactedError
 */
export async function planUndo(
  manager: EntityManager,
  foreignKeys: ForeignKeys,
  reversals: readonly Reversal[],
  options: UndoOptions,
): Promise<PlannedChange[]> {
  const changes = await changesOf(manager, reversals);
  const staying = countersThatStay(changes, foreignKeys);
  const conflicts = changes
    .filter(({ table }) => options.force !== true && !isCounter(table))
    .flatMap((change) => conflictOf(change, options) ?? []);
  if (conflicts.length > 0) throw new UndoConflictError(conflicts);
  return changes
    .map((change): RowChange =>
      staying.has(change)
        ? { ...change, action: 'none', kept: change.table.forwardOnlyColumns }
        : change,
    )
    .map((change) => ({ ...change, step: planStep(change, options) }));
}

/** Locks the rows, one table at a time, and compares each with its state after the undone writes. */
async function changesOf(
  manager: EntityManager,
  reversals: readonly Reversal[],
): Promise<RowChange[]> {
  const changes: RowChange[] = [];
  for (const ofTable of groupBy(reversals, ({ table }) => table.name).values()) {
    const rows = await lockRows(manager, ofTable);
    for (const [place, reversal] of ofTable.entries()) {
      const row = rows.get(place);
      const target =
        row === undefined ? await withNewestCounts(manager, reversal) : reversal.target;
      changes.push(changeOf({ ...reversal, target }, row));
    }
  }
  return changes;
}
