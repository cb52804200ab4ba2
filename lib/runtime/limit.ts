/** A bound on how much runs at once. */

export type Gate = <T>(work: () => Promise<T>) => Promise<T>;

/** Takes how many may run at once (1 or more); returns a gate that starts work in the order of the calls. */
export function createGate(places: number): Gate {
  let free = places;
  const waiting: (() => void)[] = [];

  return async (work) => {
    if (free > 0) free -= 1;
    else await new Promise<void>((resolve) => waiting.push(resolve));
    try {
      return await work();
    } finally {
      // The place goes to the next in line, or back.
      const next = waiting.shift();
      if (next === undefined) free += 1;
      else next();
    }
  };
}

/**
 * Runs `work` on each item, at most `places` at once; resolves with the results in order. When some reject it waits for
 * all to end, so that nothing goes on unseen, and rejects as the first of them did.
 */
export async function eachWithin<Item, Result>(
  places: number,
  items: readonly Item[],
  work: (item: Item) => Promise<Result>,
): Promise<Result[]> {
  const gate = createGate(places);
  const running = items.map((item) => gate(() => work(item)));
  await Promise.allSettled(running);
  return Promise.all(running);
}
