/**
 * Virtual time: waits take none, and equal runs are equal. Time moves only when nothing else can go on, to the next
 * wait; waits that end at the same time end in the order in which they began.
 */
import type { Clock } from '../../lib/ports.ts';

export interface VirtualClock extends Clock {
  /**
   * Moves time until `work` has settled; resolves or rejects as it does. Rejects when everything stands still. Several
   * runs may go on at once: they share the time.
   */
  run<T>(work: Promise<T>): Promise<T>;
  /** Lets `ms` pass, with all that happens meanwhile. */
  pass(ms: number): Promise<void>;
  /** How many waits have not ended. */
  waiting(): number;
}

interface Wait {
  readonly at: number;
  readonly wake: () => void;
}

/** All promises that can go on without a timer or a socket have gone on by the next iteration of the event loop. */
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Takes the epoch ms at which time begins. */
export function virtualClock(begins: number): VirtualClock {
  let now = begins;
  /** By time, and of equal times in the order of their beginning. */
  const waits: Wait[] = [];

  const clock: VirtualClock = {
    now: () => now,
    sleep: (ms, signal) =>
      new Promise((resolve) => {
        if (signal?.aborted) return resolve();
        const abort = () => {
          waits.splice(waits.indexOf(wait), 1);
          resolve();
        };
        const wake = () => {
          signal?.removeEventListener('abort', abort);
          resolve();
        };
        const wait: Wait = { at: now + Math.max(0, ms), wake };
        signal?.addEventListener('abort', abort, { once: true });
        waits.splice(placeOf(waits, wait.at), 0, wait);
      }),
    async run(work) {
      let settled = false;
      const end = () => {
        settled = true;
      };
      work.then(end, end);
      for (;;) {
        await turn();
        if (settled) return work;
        const next = waits.shift();
        if (next === undefined) throw new Error('everything stands still: a promise is never kept');
        now = Math.max(now, next.at);
        next.wake();
      }
    },
    pass: (ms) => clock.run(clock.sleep(ms)),
    waiting: () => waits.length,
  };
  return clock;
}

/** The index behind all waits that end at `at` or before. */
function placeOf(waits: readonly Wait[], at: number): number {
  let [low, high] = [0, waits.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((waits[middle]?.at ?? at) <= at) low = middle + 1;
    else high = middle;
  }
  return low;
}
