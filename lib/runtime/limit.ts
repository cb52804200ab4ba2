/** Bounded concurrency. */

export type Limiter = <T>(work: () => Promise<T>) => Promise<T>;

/** At most `concurrency` (1 or more) run at once; the others start in the order of the calls. */
export function createLimiter(concurrency: number): Limiter {
  let free = concurrency;
  const waiting: (() => void)[] = [];

  return async (work) => {
    if (free > 0) free -= 1;
    else await new Promise<void>((resolve) => waiting.push(resolve));
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      if (next === undefined) free += 1;
      else next();
    }
  };
}

/**
 * Results in the order of the items. If some reject, it waits for all to end, so that nothing runs on unseen, and
 * rejects as the first of them did.
 */
export async function mapWithConcurrency<Item, Result>(
  concurrency: number,
  items: readonly Item[],
  work: (item: Item) => Promise<Result>,
): Promise<Result[]> {
  // Stryker disable next-line ConditionalExpression: for speed only, most lists are empty
  if (items.length === 0) return [];
  // Stryker disable next-line ConditionalExpression,EqualityOperator: for speed only, few lists are longer
  const limiter: Limiter = items.length > concurrency ? createLimiter(concurrency) : (start) => start();
  const ended = await Promise.allSettled(items.map((item) => limiter(async () => work(item))));
  return ended.map(resultOf);
}

/** Throws as the work did. */
function resultOf<Result>(ended: PromiseSettledResult<Result>): Result {
  if (ended.status === 'rejected') throw ended.reason;
  return ended.value;
}
