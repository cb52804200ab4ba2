/** The arithmetic of the benchmark. Pure. */

/** Takes numbers and a fraction from 0 to 1; returns the quantile, between neighbours in proportion. NaN of nothing. */
export function quantile(values: readonly number[], fraction: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  const place = (sorted.length - 1) * fraction;
  const [low, high] = [sorted[Math.floor(place)], sorted[Math.ceil(place)]];
  if (low === undefined || high === undefined) return Number.NaN;
  return low + (high - low) * (place - Math.floor(place));
}

/** The median. NaN of nothing. */
export const median = (values: readonly number[]): number => quantile(values, 0.5);

/**
 * Each round's order of `items`: turned by one place per round, so that none is always first or always after the
 * same.
 */
export const rotate = <Item>(items: readonly Item[], round: number): readonly Item[] => {
  const by = items.length === 0 ? 0 : round % items.length;
  return [...items.slice(by), ...items.slice(0, by)];
};

/**
 * Numbers in [0, 1) that are the same for the same seed (mulberry32): an interval must not change when it is printed
 * again.
 */
function createSeededRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const RESAMPLES = 1_000;

/** A ratio of medians and the middle 95 % of what it is when both samples are drawn again (bootstrap). */
export interface Ratio {
  readonly ratio: number;
  readonly low: number;
  readonly high: number;
}

/** Takes two samples; returns the ratio of the first's median to the second's, with its interval. */
export function ratioOf(values: readonly number[], base: readonly number[]): Ratio {
  const chance = createSeededRandom(20_260_101);
  const drawn = (from: readonly number[]): number =>
    median(from.map(() => from[Math.floor(chance() * from.length)] ?? Number.NaN));
  const ratios = Array.from({ length: RESAMPLES }, () => drawn(values) / drawn(base));
  return { ratio: median(values) / median(base), low: quantile(ratios, 0.025), high: quantile(ratios, 0.975) };
}

/** The exponent of growth between the first and the last of points [size, cost]: 1 is linear, 0 does not grow. */
export function growthOf(points: readonly (readonly [size: number, cost: number])[]): number {
  const [first, last] = [points[0], points.at(-1)];
  if (first === undefined || last === undefined) return Number.NaN;
  return Math.log(last[1] / first[1]) / Math.log(last[0] / first[0]);
}
