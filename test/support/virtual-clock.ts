/** Virtual time: waits take none, and a run is the same each time. */
import type { Clock } from '../../lib/ports.ts';

export interface VirtualClock extends Clock {
  /** Runs until `work` has settled, moving time to the next wait whenever nothing else can go on. Rejects as `work` does, or when all stands still. */
  run<T>(work: Promise<T>): Promise<T>;
}

interface Wait {
  readonly at: number;
  readonly wake: () => void;
}

/** Takes the epoch ms at which time begins. */
export function virtualClock(begins: number): VirtualClock {
  let now = begins;
  let waits: Wait[] = [];
  const settled = () => new Promise<void>((resolve) => setImmediate(resolve));

  return {
    now: () => now,
    sleep: (ms, signal) =>
      new Promise((resolve) => {
        const wait: Wait = { at: now + Math.max(0, ms), wake: resolve };
        const end = () => {
          waits = waits.filter((other) => other !== wait);
          resolve();
        };
        if (signal?.aborted) return resolve();
        signal?.addEventListener('abort', end, { once: true });
        waits.push(wait);
      }),
    async run(work) {
      let done = false;
      const end = () => {
        done = true;
      };
      work.then(end, end);
      for (;;) {
        await settled();
        if (done) return work;
        const [next] = waits.toSorted((a, b) => a.at - b.at);
        if (next === undefined) throw new Error('nothing can go on: a promise was never kept');
        waits = waits.filter((wait) => wait !== next);
        now = Math.max(now, next.at);
        next.wake();
      }
    },
  };
}
