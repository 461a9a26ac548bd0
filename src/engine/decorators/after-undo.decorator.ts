import type { EntityManager } from 'typeorm';
import { Declarations } from './declarations.js';
import type { JsonObject } from '../common/json.js';

/** A row that an undo put back. Its values are those of the audit trail, by column name. */
export interface UndoneRow {
  /** The table's name, as in `audit_logs.table_name`. */
  readonly table: string;
  /** The row before the undo; null if it did not exist. */
  readonly before: JsonObject | null;
  /** The row after the undo; null if it was deleted. */
  readonly after: JsonObject | null;
}

/** A function that runs at the end of an undo, in its transaction. If it throws, the undo is rolled back. */
export type AfterUndoHook = (manager: EntityManager, rows: readonly UndoneRow[]) => Promise<void>;

const hooks = new Declarations<AfterUndoHook>('after-undo');

/**
 * Sets a function that is called after an undo changed rows of an entity's table, for example to increase a
 * serial that tells clients of changes.
 *
 * A call has up to 1,000 rows. If several entities have the same function, an undo calls it with the rows of
 * all of them, and `restoreTo()` calls it for each table.
 */
export function AfterUndo(hook: AfterUndoHook): ClassDecorator {
  return (entity) => hooks.add(entity, hook);
}

/** The function that `@AfterUndo()` sets on an entity or a class that it extends. */
export function afterUndoHookOf(entity: unknown): AfterUndoHook | undefined {
  return hooks.of(entity)[0];
}
