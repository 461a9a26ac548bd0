/** The results of a row of the benchmark. */
export interface Finding {
  readonly figures: readonly Figure[];
  /** Remarks about the measurement. */
  readonly notes?: readonly string[];
}

/** The figures of all contenders for one piece of work. */
export interface Figure {
  readonly work: string;
  readonly unit: 'ms' | 'a second' | 'MB' | 'rows';
  /** Set where more is better. Less is better otherwise, except for rates. */
  readonly moreIsBetter?: true;
  readonly values: Readonly<Record<string, number>>;
  readonly targets?: readonly Target[];
}

/** A target and its measured value. */
export interface Target {
  readonly what: string;
  readonly value: number;
  readonly bound: 'at least' | 'at most';
  readonly limit: number;
  readonly unit: '×' | 'ms' | 'MB' | 'rows';
}

/** The target that one is this many times as fast as the other. */
export function faster(what: string, time: number, other: number, limit: number): Target {
  return { what, value: other / time, bound: 'at least', limit, unit: '×' };
}

/** The target that one is this many times as much as the other. */
export function noMore(what: string, value: number, other: number, limit: number): Target {
  return { what, value: value / other, bound: 'at most', limit, unit: '×' };
}

/** The target for a time in milliseconds. */
export function within(what: string, value: number, limit: number): Target {
  return { what, value, bound: 'at most', limit, unit: 'ms' };
}

export function isReached({ value, bound, limit }: Target): boolean {
  return bound === 'at least' ? value >= limit : value <= limit;
}
