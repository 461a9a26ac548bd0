import type { EntityManager } from 'typeorm';
import type { AfterUndoHook, UndoneRow } from '../../../decorators/after-undo.decorator.js';
import { parseImage } from '../../row-image.js';
import type { PlannedChange } from '../plan/planned-change.js';

const rowsACall = 1000;

/** Calls the functions that `@AfterUndo()` sets, with the changed rows. */
export async function runAfterUndoHooks(
  manager: EntityManager,
  changes: readonly PlannedChange[],
): Promise<void> {
  const rows = new Map<AfterUndoHook, UndoneRow[]>();
  for (const { action, table, row, target } of changes) {
    if (action === 'none' || table.afterUndo === undefined) continue;
    const ofHook = rows.get(table.afterUndo) ?? [];
    const [before, after] = [parseImage(row?.image ?? null, table), parseImage(target, table)];
    ofHook.push({ table: table.name, before, after });
    rows.set(table.afterUndo, ofHook);
  }
  for (const [hook, all] of rows) {
    for (let start = 0; start < all.length; start += rowsACall) {
      await hook(manager, all.slice(start, start + rowsACall));
    }
  }
}
