import type { Catalogue } from './catalogue.js';

/** How long to wait for other writers of the same catalogue. */
export interface Patience {
  /** In whole milliseconds, up to a day. Default: 60,000. */
  patienceMs?: number;
}

/** How far an import has come. */
export interface ImportProgress {
  phase: 'reading' | 'writing';
  /** Rows read, or songs written, so far. */
  rows: number;
  /** The number of songs to write; unknown while reading. */
  total?: number;
}

export interface ImportOptions extends Catalogue, Patience {
  /**
   * Deletes the songs that the source does not have. The source must have at least one song. Default: false.
   */
  replace?: boolean;
  /** The maximum number of problems in the summary, 0 to 1,000,000. Default: 100. */
  mostProblems?: number;
  onProgress?: (progress: ImportProgress) => void;
}
