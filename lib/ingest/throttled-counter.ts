/** Counts what anyone can cause, so that reporting it fills no log: at most one report per kind and minute. */
import type { Clock } from '../ports.ts';

const PAUSE_MS = 60_000;

export interface Tally {
  /** Counts one of its kind; returns how many to report now, those that went unreported before included, or 0 for not now. */
  count(kind: string): number;
}

/** Takes a clock; returns an empty tally. What is unreported when the environment ends is lost. */
export function createTally(clock: Pick<Clock, 'now'>): Tally {
  const kinds = new Map<string, { unreported: number; reportAt: number }>();
  return {
    count(kind) {
      const seen = kinds.get(kind) ?? { unreported: 0, reportAt: 0 };
      kinds.set(kind, seen);
      seen.unreported += 1;
      if (clock.now() < seen.reportAt) return 0;
      const { unreported } = seen;
      seen.unreported = 0;
      seen.reportAt = clock.now() + PAUSE_MS;
      return unreported;
    },
  };
}
