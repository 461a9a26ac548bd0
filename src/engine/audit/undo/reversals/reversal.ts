import type { ReadableTable } from '../../audited-table.js';

/** What a record is and what it shall be; images as JSON text, null where there is no row. */
export interface Reversal {
  readonly table: ReadableTable;
  /** The record's id as the undone writes left it. */
  readonly recordId: string;
  /** Its id before them; another one when they changed the key. */
  readonly targetId: string;
  /** The row as the undone writes left it. */
  readonly expected: string | null;
  readonly target: string | null;
  /**
   * The columns that somebody else wrote to between the undone writes; undefined when the row was deleted
   * or inserted there.
   */
  readonly interruptedColumns: readonly string[] | undefined;
  /** Undefined for all columns. */
  readonly changedColumns: readonly string[] | undefined;
  /** Redacted columns keep what they have, also where they are known to have had nothing. */
  readonly keepsSecrets: boolean;
  /** Columns of the table that an erasure of personal data went over. */
  readonly erasedColumns: readonly string[];
  /** The undone entries, oldest first; none when there is none to refer to. */
  readonly sequences: readonly string[];
}
