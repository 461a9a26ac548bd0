/** What a row of the benchmark found. */
export interface Finding {
  readonly figures: readonly Figure[];
  /** What a reader should know of how it was measured. */
  readonly notes?: readonly string[];
}

/** One piece of work, as each contender did it. */
export interface Figure {
  readonly work: string;
  readonly unit: 'ms' | 'a second' | 'MB' | 'rows';
  readonly values: Readonly<Record<string, number>>;
  readonly targets?: readonly Target[];
}

/** A number that was to be reached. */
export interface Target {
  readonly what: string;
  readonly value: number;
  readonly bound: 'at least' | 'at most';
  readonly limit: number;
  readonly unit: '×' | 'ms' | 'MB' | 'rows';
}

/** How many times as fast as the other one, by their times. */
export function faster(what: string, time: number, other: number, limit: number): Target {
  return { what, value: other / time, bound: 'at least', limit, unit: '×' };
}

/** How many times as much as the other one. */
export function noMore(what: string, value: number, other: number, limit: number): Target {
  return { what, value: value / other, bound: 'at most', limit, unit: '×' };
}

/** A time of its own, in milliseconds. */
export function within(what: string, value: number, limit: number): Target {
  return { what, value, bound: 'at most', limit, unit: 'ms' };
}

export function isReached({ value, bound, limit }: Target): boolean {
  return bound === 'at least' ? value >= limit : value <= limit;
}
