/** Counts what anyone can cause, so that reports of it cannot flood a log: at most one per kind and minute. */
import type { Clock } from '../ports.ts';

const REPORT_INTERVAL_MS = 60_000;

export interface ThrottledCounter {
  /**
   * Counts one more of `kind`; returns how many to report now, including earlier unreported ones. 0: report nothing
   * yet.
   */
  count(kind: string): number;
}

/** Counts that are unreported when the Lambda environment ends are lost. */
export function createThrottledCounter(clock: Pick<Clock, 'now'>): ThrottledCounter {
  const kinds = new Map<string, { unreported: number; reportAt: number }>();
  return {
    count(kind) {
      const counter = kinds.get(kind) ?? { unreported: 0, reportAt: 0 };
      kinds.set(kind, counter);
      counter.unreported += 1;
      if (clock.now() < counter.reportAt) return 0;
      const { unreported } = counter;
      counter.unreported = 0;
      counter.reportAt = clock.now() + REPORT_INTERVAL_MS;
      return unreported;
    },
  };
}
