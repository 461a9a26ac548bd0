import type { EntityManager } from 'typeorm';
import type { AfterUndoHook, UndoneRow } from '../../decorators/after-undo.decorator.js';
import { parseImage } from '../image.js';
import type { Pending } from './pending.js';

const rowsACall = 1000;

/** Lets entities do what has to follow a change of their rows. */
export async function runAfterUndoHooks(
  manager: EntityManager,
  pending: readonly Pending[],
): Promise<void> {
  const rows = new Map<AfterUndoHook, UndoneRow[]>();
  for (const { action, table, current, target } of pending) {
    if (action === 'none' || table.afterUndo === undefined) continue;
    const ofHook = rows.get(table.afterUndo) ?? [];
    const [before, after] = [parseImage(current, table), parseImage(target, table)];
    ofHook.push({ table: table.name, before, after });
    rows.set(table.afterUndo, ofHook);
  }
  for (const [hook, all] of rows) {
    for (let start = 0; start < all.length; start += rowsACall) {
      await hook(manager, all.slice(start, start + rowsACall));
    }
  }
}
