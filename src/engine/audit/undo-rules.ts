import type { EntityMetadata } from 'typeorm';
import { afterUndoHookOf, type AfterUndoHook } from '../decorators/after-undo.decorator.js';
import { forwardOnlyOptionsOf } from '../decorators/forward-only.decorator.js';

/** The rules for an undo of changes to a table, which its entity declares. */
export interface UndoRules {
  /** Columns with the time of the row's last change. A write of any column changes these as well. */
  readonly timeColumns: readonly string[];
  /** Forward-only and incidental columns, which no undo sets back. */
  readonly forwardOnlyColumns: readonly string[];
  /** Forward-only columns to which an undo adds 1 when it changes the row. */
  readonly countingColumns: readonly string[];
  readonly afterUndo: AfterUndoHook | undefined;
}

export function undoRulesOf(
  metadata: EntityMetadata | undefined,
  incidentalColumns: readonly string[],
): UndoRules {
  const columns = metadata?.columns ?? [];
  const named = (found: typeof columns) => found.map(({ databaseName }) => databaseName);
  return {
    timeColumns: [
      ...new Set(['updated_at', ...named(columns.filter(({ isUpdateDate }) => isUpdateDate))]),
    ],
    forwardOnlyColumns: [
      ...new Set([
        ...named(columns.filter((column) => forwardOnlyOptionsOf(column))),
        ...incidentalColumns,
      ]),
    ],
    countingColumns: named(columns.filter((column) => forwardOnlyOptionsOf(column)?.counts)),
    afterUndo: afterUndoHookOf(metadata?.target),
  };
}
