/** The outcome of an import. Each row of the source is counted once: `rows` is the sum of the next five. */
export interface ImportSummary {
  rows: number;
  /** Songs that were not in the catalogue. */
  inserted: number;
  /** Songs that were in the catalogue in another spelling, and now have this one. */
  updated: number;
  /** Songs that were in the catalogue in this spelling. */
  unchanged: number;
  /** Rows that repeat the song of an earlier row, perhaps in another spelling. The first row counts. */
  duplicates: number;
  /** Rows that contain no valid song. */
  refused: number;
  /** Songs that were in the catalogue and are no longer. */
  deleted: number;
  /** The first rows that were refused or duplicates, by line. */
  problems: ImportProblem[];
}

export interface ImportProblem {
  line: number;
  kind: 'duplicate' | 'refused';
  /** Such as `no title`, or `the same as line 12`. */
  reason: string;
}
