import type { ColumnChange } from '../history/audit-entry.js';

/** The options of an undo. */
export interface UndoOptions {
  /** Why, for the entries that the undo makes: a text of up to 500 characters. Default: none. */
  reason?: string;
  /** Overwrites later changes. Default: false, a conflict is an error. */
  force?: boolean;
  /** Does everything, reports the result, and rolls it back. Default: false. */
  dryRun?: boolean;
  /**
   * How to insert a deleted row again if it has a required column whose value the trail never kept: `refuse`
   * (default) throws an error, `placeholder` inserts an unusable text.
   */
  redacted?: 'refuse' | 'placeholder';
  /**
   * Which later changes are in conflict with the undo of an UPDATE: those of the same columns (`column`,
   * default), or those of any column of the row (`row`).
   */
  conflicts?: 'column' | 'row';
  /**
   * Only these columns, by property or column name: the row must exist before and after the undone writes, and
   * today. Its other columns stay as they are, and are listed as kept. Default: all that the undone writes changed.
   */
  columns?: readonly string[];
}

/** The options for undoing a request, which may have written to several tables. */
export type UndoRequestOptions = Omit<UndoOptions, 'columns'>;

/** The options for undoing a transaction. */
export interface UndoTransactionOptions extends UndoRequestOptions {
  /**
   * The time of the transaction's entries, their `at`, to the microsecond. It is needed if two transactions
   * have the same id. A database that was restored into a new server counts the ids from the beginning again.
   */
  at?: string;
}

/** The step that puts one record back. */
export interface UndoStep {
  /** `none` if the record needs no change. */
  readonly action: 'insert' | 'update' | 'delete' | 'none';
  readonly table: string;
  readonly recordId: string;
  /** The columns that are set. For an update, these are among the columns that the undone writes changed. */
  readonly columns: readonly string[];
  /**
   * The values before and after the step, of each column that gets another value. For an insert and a delete,
   * these are all columns with a value.
   */
  readonly changes: readonly ColumnChange[];
  /**
   * Columns that differ from their earlier values and stay as they are, because others changed them, because they
   * are forward-only, or because `columns` does not name them.
   */
  readonly kept: readonly string[];
  /**
   * Columns whose earlier values the trail never kept. A row that is inserted again has null or a placeholder
   * there; an existing row keeps its values.
   */
  readonly lost: readonly string[];
}

export interface UndoResult {
  readonly dryRun: boolean;
  /** The steps in the order of execution. */
  readonly steps: readonly UndoStep[];
}
