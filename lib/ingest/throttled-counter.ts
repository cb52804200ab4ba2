/** Counts what anyone can cause, so that reporting it does not fill a log: at most one report per kind and minute. */
import type { Clock } from '../ports.ts';

const REPORT_INTERVAL_MS = 60_000;

export interface ThrottledCounter {
  /** Counts one of its kind; returns how many to report now, unreported ones before included, or 0: not now. */
  count(kind: string): number;
}

/** What is unreported when the environment ends is lost. */
export function createThrottledCounter(clock: Pick<Clock, 'now'>): ThrottledCounter {
  const kinds = new Map<string, { unreported: number; reportAt: number }>();
  return {
    count(kind) {
      const seen = kinds.get(kind) ?? { unreported: 0, reportAt: 0 };
      kinds.set(kind, seen);
      seen.unreported += 1;
      if (clock.now() < seen.reportAt) return 0;
      const { unreported } = seen;
      seen.unreported = 0;
      seen.reportAt = clock.now() + REPORT_INTERVAL_MS;
      return unreported;
    },
  };
}
