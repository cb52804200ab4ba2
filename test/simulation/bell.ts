/** Wakes those who wait for a change of the world. */
import type { Clock } from '../../lib/ports.ts';

export interface Bell {
  ring(): void;
  /** Resolves when it rings next, or after `ms` (Infinity: not by time). */
  wait(ms: number): Promise<void>;
}

export function createBell(clock: Clock): Bell {
  let next = new AbortController();
  return {
    ring() {
      const ringing = next;
      next = new AbortController();
      // A reason of our own is cheaper than an error.
      ringing.abort('rung');
    },
    wait: (ms) =>
      Number.isFinite(ms)
        ? clock.sleep(ms, next.signal)
        : new Promise((resolve) => next.signal.addEventListener('abort', () => resolve(), { once: true })),
  };
}
