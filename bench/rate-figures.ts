/** How well a client found a rate limit and kept to it. Pure. */
import type { ApiReport, Rate } from './api.ts';

/** Time that the client has to find the limit. */
const SEARCH_MS = 10_000;
/** The pause that the API asks for with its first refusal. */
const PAUSE_MS = 1_000;

export interface RateFigures {
  /** From the first response to the last revocation. */
  readonly seconds: number;
  /** Calls let through from the 10th second to the end, as a share of what the limit allows in that time. */
  readonly goodput: number;
  readonly rejected: number;
  /** Rejected calls after the first pause, as a share of all calls after it; 0 where none was rejected. */
  readonly rejectedShare: number;
}

/** The calls are in order. The goodput is NaN for a run that ended before the 10th second. */
export function toRateFigures(calls: ApiReport['calls'], { perSecond }: Rate): RateFigures {
  const began = calls[0]?.[1] ?? Number.NaN;
  const ended = calls.findLast(([kind]) => kind !== 'refused')?.[1] ?? Number.NaN;
  const steadyFrom = began + SEARCH_MS;
  const through = calls.filter(([kind, at]) => kind !== 'refused' && at >= steadyFrom).length;
  const paused = (calls.find(([kind]) => kind === 'refused')?.[1] ?? Number.POSITIVE_INFINITY) + PAUSE_MS;
  const after = calls.filter(([, at]) => at >= paused);
  const refused = (some: ApiReport['calls']): number => some.filter(([kind]) => kind === 'refused').length;
  return {
    seconds: (ended - began) / 1_000,
    goodput: ended > steadyFrom ? through / (((ended - steadyFrom) / 1_000) * perSecond) : Number.NaN,
    rejected: refused(calls),
    rejectedShare: after.length === 0 ? 0 : refused(after) / after.length,
  };
}
