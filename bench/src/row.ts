import type { BenchDatabases } from './database.js';
import type { Finding } from './figure.js';

/** The tools of a row. */
export interface Context {
  readonly databases: BenchDatabases;
  readonly quick: boolean;
  /** Returns the full size, or the small size in a quick run. */
  readonly size: (full: number, quick: number) => number;
  /** Reports progress. */
  readonly say: (text: string) => void;
}

/** One comparison. */
export interface Row {
  readonly number: number;
  readonly title: string;
  /** A description of what is measured and how, in one or two sentences of Markdown. */
  readonly about: string;
  run(context: Context): Promise<Finding>;
}
