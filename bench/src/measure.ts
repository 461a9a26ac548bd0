/**
 * Does a piece of work, and returns its time in milliseconds. If it returns nothing, the whole call is timed.
 */
export type Contender = () => Promise<number | void>;

/** The times of each contender in milliseconds, one for each round. */
export type Samples<Name extends string> = Record<Name, number[]>;

/**
 * Runs the contenders in turn, in a different order in each round, so that other load on the machine affects
 * all of them equally. The first round does not count.
 */
export async function interleaved<Name extends string>(
  rounds: number,
  contenders: Record<Name, Contender>,
): Promise<Samples<Name>> {
  const names = Object.keys(contenders) as Name[];
  const samples = Object.fromEntries(names.map((name) => [name, []])) as unknown as Samples<Name>;
  for (let round = -1; round < rounds; round++) {
    for (let place = 0; place < names.length; place++) {
      const name = names[(place + round + names.length) % names.length]!;
      const time = await timed(contenders[name]);
      if (round >= 0) samples[name].push(time);
    }
  }
  return samples;
}

/** The median of each contender. */
export function medians<Name extends string>(samples: Samples<Name>): Record<Name, number> {
  return Object.fromEntries(
    Object.entries<number[]>(samples).map(([name, times]) => [name, median(times)]),
  ) as Record<Name, number>;
}

/** Milliseconds. */
export async function timed(work: Contender): Promise<number> {
  const start = performance.now();
  const own = await work();
  return own ?? performance.now() - start;
}

export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

/** The quantile of the values for a share from 0 to 1, by linear interpolation. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  const place = (sorted.length - 1) * share;
  const [below, above] = [sorted[Math.floor(place)]!, sorted[Math.ceil(place)]!];
  return below + (above - below) * (place - Math.floor(place));
}
