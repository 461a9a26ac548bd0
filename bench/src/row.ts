import type { BenchDatabases } from './database.js';
import type { Finding } from './figure.js';

/** What a row has at hand. */
export interface Context {
  readonly databases: BenchDatabases;
  readonly quick: boolean;
  /** The full size, or the small one of a quick run. */
  readonly size: (full: number, quick: number) => number;
  /** Says what is going on. */
  readonly say: (text: string) => void;
}

/** One comparison. */
export interface Row {
  readonly number: number;
  readonly title: string;
  /** What is measured, and how, in a sentence or two of Markdown. */
  readonly about: string;
  run(context: Context): Promise<Finding>;
}
