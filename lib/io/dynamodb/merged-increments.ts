/**
 * Increments of one counter that are asked for while another is under way share one write: a burst of leaked keys
 * would otherwise write each counter once for every key.
 */

/** Raises the counter by `by` if it then is within its limit. */
type Increment<Counter> = (counter: Counter, by: number) => Promise<boolean>;

interface Waiting {
  readonly resolve: (counted: boolean) => void;
  readonly reject: (error: unknown) => void;
}

/** Each call counts one. It resolves to false, or rejects, as the write that it shared. Equal counters are one. */
export function mergeIncrements<Counter>(increment: Increment<Counter>): (counter: Counter) => Promise<boolean> {
  /** By counter; it has an entry while a write of the counter is under way. */
  const waiting = new Map<string, Waiting[]>();

  const writeAll = async (counter: Counter, key: string): Promise<void> => {
    for (let calls = waiting.get(key) ?? []; calls.length > 0; calls = waiting.get(key) ?? []) {
      waiting.set(key, []);
      await settle(calls, (by) => increment(counter, by));
    }
    waiting.delete(key);
  };

  return (counter) =>
    new Promise((resolve, reject) => {
      const key = JSON.stringify(counter);
      const calls = waiting.get(key);
      if (calls !== undefined) return void calls.push({ resolve, reject });
      waiting.set(key, [{ resolve, reject }]);
      void writeAll(counter, key);
    });
}

/**
 * A refused write says only that not all of its calls fit: its halves are tried, so that the counter fills up. Resolves
 * to false when the counter is full, and then the calls that are left are refused without a write.
 */
async function settle(calls: readonly Waiting[], increment: (by: number) => Promise<boolean>): Promise<boolean> {
  const counted = await increment(calls.length).catch((error: unknown) => {
    for (const { reject } of calls) reject(error);
    return undefined;
  });
  if (counted === undefined) return true;
  if (counted || calls.length === 1) {
    for (const { resolve } of calls) resolve(counted);
    return counted;
  }
  const half = Math.ceil(calls.length / 2);
  const rest = calls.slice(half);
  if (await settle(calls.slice(0, half), increment)) return settle(rest, increment);
  for (const { resolve } of rest) resolve(false);
  return false;
}
