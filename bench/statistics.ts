/** Statistics of the benchmark. Pure. */

/** `fraction` from 0 to 1, with linear interpolation. NaN of nothing. */
export function quantile(values: readonly number[], fraction: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  const place = (sorted.length - 1) * fraction;
  const [low, high] = [sorted[Math.floor(place)], sorted[Math.ceil(place)]];
  if (low === undefined || high === undefined) return Number.NaN;
  return low + (high - low) * (place - Math.floor(place));
}

/** NaN of nothing. */
export const median = (values: readonly number[]): number => quantile(values, 0.5);

/**
 * The order of a round, drawn from its number: no contestant always follows the same one, whose end may still keep the
 * machine busy.
 */
export const drawOrder = <Item>(items: readonly Item[], round: number): readonly Item[] => {
  const chance = createSeededRandom(round);
  return items
    .map((item) => ({ item, place: chance() }))
    .toSorted((a, b) => a.place - b.place)
    .map(({ item }) => item);
};

/** Random numbers in [0, 1) from a seed (mulberry32): printing a result again must not change its interval. */
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

/** A ratio with its 95 % interval (bootstrap). */
export interface Ratio {
  readonly ratio: number;
  readonly low: number;
  readonly high: number;
}

/** The median of ratios. */
export function ratioOf(ratios: readonly number[]): Ratio {
  const chance = createSeededRandom(20_260_101);
  const drawn = (): number => median(ratios.map(() => ratios[Math.floor(chance() * ratios.length)] ?? Number.NaN));
  const medians = Array.from({ length: RESAMPLES }, drawn);
  return { ratio: median(ratios), low: quantile(medians, 0.025), high: quantile(medians, 0.975) };
}

/** The exponent of growth from the first to the last of the points [size, cost]: 1 is linear, 0 is constant. */
export function growthOf(points: readonly (readonly [size: number, cost: number])[]): number {
  const [first, last] = [points[0], points.at(-1)];
  if (first === undefined || last === undefined) return Number.NaN;
  return Math.log(last[1] / first[1]) / Math.log(last[0] / first[0]);
}
