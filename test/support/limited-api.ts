/** An API with an unpublished rate limit: a token bucket that logs accepted and refused calls. */
import type { ApiResponse } from '../../lib/coreweave/api.ts';
import type { Clock } from '../../lib/ports.ts';
import { answer } from './api-answers.ts';
import type { Script } from './memory-api.ts';

export interface LimitedApi {
  readonly script: Script;
  /** Ms since the beginning of each call that it let through, and of each that it refused. */
  readonly served: readonly number[];
  readonly refused: readonly number[];
}

export interface Limit {
  /** Calls a second, by the ms since the beginning. */
  readonly perSecond: (ms: number) => number;
  readonly burst: number;
  readonly latencyMs: number;
  /** What a refused call is answered; by default 429 with `Retry-After: 1`. */
  readonly refusal?: (now: number) => ApiResponse;
}

const ONE_SECOND = (): ApiResponse => answer(429, {}, { retryAfter: '1' });

/** The bucket is full at the beginning. */
export function limitedApi(clock: Clock, { perSecond, burst, latencyMs, refusal = ONE_SECOND }: Limit): LimitedApi {
  const began = clock.now();
  const served: number[] = [];
  const refused: number[] = [];
  let tokens = burst;
  let last = 0;
  return {
    served,
    refused,
    script: () => {
      const ms = clock.now() - began;
      tokens = Math.min(burst, tokens + ((ms - last) * perSecond(ms)) / 1_000);
      last = ms;
      const goes = tokens >= 1;
      if (goes) tokens -= 1;
      (goes ? served : refused).push(ms);
      return { takesMs: latencyMs, ...(goes ? {} : { answer: refusal(clock.now()) }) };
    },
  };
}

/**
 * Goodput as a share of the limit from `fromMs` to the end, and how many of all calls it refused after the first second
 * of refusals.
 */
export function figuresOf(
  { served, refused }: LimitedApi,
  { fromMs, perSecond }: { readonly fromMs: number; readonly perSecond: number },
): { readonly goodput: number; readonly refusedShare: number } {
  const ends = served.at(-1) ?? 0;
  const late = served.filter((ms) => ms >= fromMs).length;
  const pausedUntil = (refused[0] ?? 0) + 1_000;
  return {
    goodput: late / (((ends - fromMs) * perSecond) / 1_000),
    refusedShare: refused.filter((ms) => ms >= pausedUntil).length / (served.length + refused.length),
  };
}
