import type { EntityMetadata } from 'typeorm';
import { afterUndoHookOf, type AfterUndoHook } from '../decorators/after-undo.decorator.js';
import { forwardOnlyOptionsOf } from '../decorators/forward-only.decorator.js';

/** What an undo has to know of a table beyond its columns: what its entity says. */
export interface UndoRules {
  /** When the row last changed: a write of whatever column moves these as well. */
  readonly timeColumns: readonly string[];
  /** Columns that no undo sets back. */
  readonly forwardOnlyColumns: readonly string[];
  /** Those of them to which an undo that changes the row adds 1. */
  readonly countingColumns: readonly string[];
  readonly afterUndo: AfterUndoHook | undefined;
}

export function undoRulesOf(metadata: EntityMetadata | undefined): UndoRules {
  const columns = metadata?.columns ?? [];
  const named = (found: typeof columns) => found.map(({ databaseName }) => databaseName);
  return {
    timeColumns: [
      ...new Set(['updated_at', ...named(columns.filter(({ isUpdateDate }) => isUpdateDate))]),
    ],
    forwardOnlyColumns: named(columns.filter((column) => forwardOnlyOptionsOf(column))),
    countingColumns: named(columns.filter((column) => forwardOnlyOptionsOf(column)?.counts)),
    afterUndo: afterUndoHookOf(metadata?.target),
  };
}
