import type { ReadableTable } from '../../audited-table.js';

/**
 * The state that a record has, and the state that it is put back to. Images are JSON text, and null where the
 * row does not exist.
 */
export interface Reversal {
  readonly table: ReadableTable;
  /** The record's id after the undone writes. */
  readonly recordId: string;
  /** The record's id before the undone writes. It differs if they changed the key. */
  readonly targetId: string;
  /** The row after the undone writes. */
  readonly expected: string | null;
  readonly target: string | null;
  /**
   * The columns that other writes changed between the undone writes; undefined if the row was deleted or
   * inserted in between.
   */
  readonly interruptedColumns: readonly string[] | undefined;
  /** The columns that the undone writes changed; undefined for all columns. */
  readonly changedColumns: readonly string[] | undefined;
  /** The columns that the undone writes changed and that were not chosen to be put back; empty for a whole undo. */
  readonly leftColumns: readonly string[];
  /** Whether redacted columns keep their values, even where the target image has null. */
  readonly keepsSecrets: boolean;
  /** Columns in which an erasure replaced personal data. */
  readonly erasedColumns: readonly string[];
  /** The sequences of the undone entries, oldest first; empty if there are none to refer to. */
  readonly sequences: readonly string[];
}
