import type { AuditedTarget } from '../audited-table.js';
import type { UndoOptions } from '../undo/undo-options.js';

/** A group of rows, and the time that it goes back to. */
export interface RestoreToOptions extends Pick<UndoOptions, 'force' | 'dryRun' | 'redacted'> {
  /** Entity classes or names of audited tables. Rows of other tables stay as they are. */
  tables: readonly AuditedTarget[];
  /**
   * Only rows that have these values now or had them then, by property or column. Each of the tables has the
   * columns. Default: all rows.
   */
  where?: Readonly<Record<string, string | number | boolean>>;
  at: Date | string;
  onProgress?: (progress: RestoreToProgress) => void;
}

/** What was just done. */
export interface RestoreToProgress {
  /** `compare`: the rows that differ are known. `write`: they are as they were. */
  readonly step: 'compare' | 'write';
  readonly table: string;
  /** How many rows differed. */
  readonly rows: number;
}

/** What became of a table's rows. */
export interface RestoredTable {
  readonly table: string;
  readonly inserted: number;
  readonly updated: number;
  readonly deleted: number;
  /** Redacted columns: rows that were inserted again have null or a placeholder there. */
  readonly lost: readonly string[];
}

export interface RestoreToResult {
  readonly dryRun: boolean;
  readonly tables: readonly RestoredTable[];
}
