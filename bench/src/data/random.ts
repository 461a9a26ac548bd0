/** The seed of all data, which is the same in every run. */
export const seed = 20_260_101;

/** Generates pseudo-random numbers from 0 to below 1, the same for the same seed (mulberry32). */
export function randomNumbers(from: number): () => number {
  let state = from >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Draws items by their weights. */
export function weighted<Item>(
  items: readonly Item[],
  weights: readonly number[],
  random: () => number,
): () => Item {
  const sums = new Float64Array(items.length);
  let sum = 0;
  weights.forEach((weight, place) => (sums[place] = sum += weight));
  return () => {
    const drawn = random() * sum;
    let [low, high] = [0, items.length - 1];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (sums[middle]! > drawn) high = middle;
      else low = middle + 1;
    }
    return items[low]!;
  };
}

/** Zipf's law: the n-th most frequent is 1/n as frequent as the first. */
export function zipf(count: number, exponent = 1): number[] {
  return Array.from({ length: count }, (_, place) => 1 / (place + 1) ** exponent);
}
