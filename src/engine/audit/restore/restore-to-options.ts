import type { AuditedTarget } from '../audited-table.js';
import type { Moment } from '../moment.js';
import type { UndoOptions } from '../undo/undo-options.js';

/** The rows that go back to a time, and that time. */
export interface RestoreToOptions extends Pick<
  UndoOptions,
  'reason' | 'force' | 'dryRun' | 'redacted'
> {
  /** Entity classes or names of audited tables. Rows of other tables stay as they are. */
  tables: readonly AuditedTarget[];
  /**
   * Only rows that have these values now, or had them then, by property or column name. Each of the tables
   * must have the columns. Default: all rows.
   */
  where?: Readonly<Record<string, string | number | boolean>>;
  /** A time, or the time of the entry with this sequence. */
  at: Moment;
  onProgress?: (progress: RestoreToProgress) => void;
}

/** A step that was completed. */
export interface RestoreToProgress {
  /** `compare`: the rows that differ are known. `write`: they are put back. */
  readonly step: 'compare' | 'write';
  readonly table: string;
  /** The number of rows that differed. */
  readonly rows: number;
}

/** The result for one table. */
export interface RestoredTable {
  readonly table: string;
  readonly inserted: number;
  readonly updated: number;
  readonly deleted: number;
  /** Redacted columns. Rows that were inserted again have null or a placeholder there. */
  readonly lost: readonly string[];
}

export interface RestoreToResult {
  readonly dryRun: boolean;
  readonly tables: readonly RestoredTable[];
}
