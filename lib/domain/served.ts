/** What the API served in a row: how much, and how much of it by some moments, so that the best stretch of it can be told afterwards. */

/** How many moments are kept, and at least how far apart, in ms. */
const MOST_MARKS = 64;
const APART_MS = 25;

interface Mark {
  /** Epoch ms. */
  readonly at: number;
  /** Answers before. */
  readonly before: number;
}

export interface Served {
  readonly count: number;
  /** In their order; the first is the first answer. */
  readonly marks: readonly Mark[];
}

export const NOTHING: Served = { count: 0, marks: [] };

/** Takes what was served and when one more answer came (epoch ms); returns both. */
export function oneMore({ count, marks }: Served, at: number): Served {
  const last = marks.at(-1);
  if (last !== undefined && at - last.at < APART_MS) return { count: count + 1, marks };
  const kept = marks.length < MOST_MARKS ? marks : marks.filter((_mark, n) => n % 2 === 0);
  return { count: count + 1, marks: [...kept, { at, before: count }] };
}

/** Takes what was served and now (epoch ms); returns for how long, in ms, from the first answer. */
export const lastedMs = ({ marks }: Served, now: number): number => now - (marks[0]?.at ?? now);

/** What a limit lets through at once: so many calls in so many ms. */
export interface Burst {
  readonly count: number;
  readonly ms: number;
}

/**
 * Takes what was served up to now (epoch ms), the burst in it, and how long a stretch must be beyond that; returns the calls
 * a second of the best stretch without its burst, or undefined when none is long enough. It is at most what a token bucket
 * allows, since a stretch that ends with a refusal has had no more saved up than the burst was, and reaches that where the pace was higher.
 */
export function bestStretch(
  { count, marks }: Served,
  now: number,
  { burst, leastMs }: { readonly burst: Burst; readonly leastMs: number },
): number | undefined {
  const paces = marks.flatMap(({ at, before }) => {
    const ms = now - at - burst.ms;
    return ms < leastMs ? [] : [(1_000 * (count - before - burst.count)) / ms];
  });
  return paces.length === 0 ? undefined : Math.max(...paces);
}
