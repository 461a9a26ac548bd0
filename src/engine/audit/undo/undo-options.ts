/** How to undo. */
export interface UndoOptions {
  /** Overwrite what changed since. Default: false, a conflict is an error. */
  force?: boolean;
  /** Go through everything, report what would happen, and change nothing. Default: false. */
  dryRun?: boolean;
  /**
   * What a deleted row gets for a required value that the trail never kept: `refuse` (default) makes it
   * an error, `placeholder` fills in a text that nobody can use.
   */
  redacted?: 'refuse' | 'placeholder';
  /**
   * What of a later change is in the way of putting an UPDATE back: a change of the same column (`column`,
   * default), or of whatever column of the row (`row`).
   */
  conflicts?: 'column' | 'row';
}

/** How to undo a transaction. */
export interface UndoTransactionOptions extends UndoOptions {
  /**
   * The time that its entries have, to the microsecond. Needed where two transactions have one id: a
   * database that was restored into a new server counts them from the beginning again.
   */
  at?: string;
}

/** What is done to put one record back. */
export interface UndoStep {
  /** `none` for a record that is already what it shall be. */
  readonly action: 'insert' | 'update' | 'delete' | 'none';
  readonly table: string;
  readonly recordId: string;
  /** The columns that are set: of an update those that the undone writes had changed. */
  readonly columns: readonly string[];
  /**
   * Columns that differ from what the undone writes found, and stay as they are: others changed them, or
   * they only move forward.
   */
  readonly kept: readonly string[];
  /**
   * Columns whose earlier values the trail never kept. A row that is inserted again has null or a
   * placeholder there; another one keeps what it has.
   */
  readonly lost: readonly string[];
}

export interface UndoResult {
  readonly dryRun: boolean;
  /** In the order of execution. */
  readonly steps: readonly UndoStep[];
}
