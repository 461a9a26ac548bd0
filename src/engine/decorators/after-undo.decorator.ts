import type { EntityManager } from 'typeorm';
import { Declarations } from './declarations.js';
import type { JsonObject } from '../common/json.js';

/** A row that an undo put back: by column names, as the trail has it. */
export interface UndoneRow {
  /** As `audit_logs.table_name` has it. */
  readonly table: string;
  /** The row before the undo; null when it was not there. */
  readonly before: JsonObject | null;
  /** What it was put back to; null when it was deleted. */
  readonly after: JsonObject | null;
}

/** Runs at the end of an undo, in its transaction. What it throws undoes the undo. */
export type AfterUndoHook = (manager: EntityManager, rows: readonly UndoneRow[]) => Promise<void>;

const hooks = new Declarations<AfterUndoHook>('after-undo');

/**
 * Names what is to be done whenever an undo changed rows of an entity's table, such as to move a serial
 * that says that something changed. A function that several entities name gets their rows in one call; of
 * many rows, in calls of up to 1,000.
 */
export function AfterUndo(hook: AfterUndoHook): ClassDecorator {
  return (entity) => hooks.add(entity, hook);
}

/** What an entity, or else a class that it extends, named by `@AfterUndo()`. */
export function afterUndoHookOf(entity: unknown): AfterUndoHook | undefined {
  return hooks.of(entity)[0];
}
