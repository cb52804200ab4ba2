/**
 * Slots for the calls of one Lambda environment, at the rate that `rate.ts` learns from the API's 429 and 503
 * responses.
 */
import type { Clock, Log } from '../ports.ts';
import { createLimiter } from '../runtime/limit.ts';
import { MAX_RETRY_AFTER_S, retryAfterSeconds } from '../runtime/retry.ts';
import type { ApiResponse } from './api.ts';
import { loadOf } from './meaning.ts';
import {
  isLimited,
  isThrottledButServing,
  type Rate,
  recordServed,
  recordThrottled,
  reserveSlot,
  takeSlot,
  UNLIMITED,
} from './rate.ts';

export interface RateLimiter {
  /**
   * Resolves with true once the caller has a slot, first come, first served; at once while no limit is known. False:
   * there is none before `endsAt` (epoch ms).
   */
  acquire(endsAt: number): Promise<boolean>;
  /** Makes a call that has a slot, and learns from its response. Rejects only if the call does. */
  observe(call: () => Promise<ApiResponse>): Promise<ApiResponse>;
  /** Whether, as far as is known now, a slot comes before `endsAt` (epoch ms). */
  hasSlot(endsAt: number): boolean;
  /**
   * Seconds (0 to 900) after which a message without a slot should be retried. Each call reserves a slot for another
   * message.
   */
  retryDelayS(): number;
  /** Whether the API limits our rate but answers: what is late then is not in trouble. */
  isThrottledButServing(): boolean;
}

export function createRateLimiter({ clock, log }: { readonly clock: Clock; readonly log: Log }): RateLimiter {
  let rate: Rate = UNLIMITED;
  const queue = createLimiter(1);
  const hasSlot = (endsAt: number): boolean => !isLimited(rate, clock.now()) || rate.dueAt < endsAt;

  /** Only the first waiter sleeps, so that a new rate applies to it and to all others. */
  const waitForSlot = async (endsAt: number): Promise<boolean> => {
    for (;;) {
      const now = clock.now();
      if (!hasSlot(endsAt) || now >= endsAt) return false;
      if (!isLimited(rate, now) || rate.dueAt <= now) {
        rate = takeSlot(rate, now);
        return true;
      }
      await clock.sleep(rate.dueAt - now);
    }
  };
  const learn = (response: ApiResponse, run: number): void => {
    const now = clock.now();
    const load = loadOf(response);
    if (load.kind === 'served') rate = recordServed(rate, run, now);
    if (load.kind !== 'throttled') return;
    const before = rate.run;
    const seconds = retryAfterSeconds(load.retryAfter, load.date, now) ?? 0;
    rate = recordThrottled(rate, run, { now, retryAfterMs: seconds * 1_000 });
    if (rate.run !== before) log.warn('rate', { perSecond: Math.round(rate.base) });
  };

  return {
    // Stryker disable next-line ConditionalExpression: for speed only, without a limit the first waiter has a slot
    acquire: (endsAt) => (isLimited(rate, clock.now()) ? queue(() => waitForSlot(endsAt)) : waitForSlot(Infinity)),
    async observe(call) {
      const { run } = rate;
      const response = await call();
      learn(response, run);
      return response;
    },
    hasSlot,
    retryDelayS() {
      const now = clock.now();
      const reserved = reserveSlot(rate, now);
      rate = reserved.rate;
      return Math.min(MAX_RETRY_AFTER_S, Math.ceil((reserved.at - now) / 1_000));
    },
    isThrottledButServing: () => isThrottledButServing(rate, clock.now()),
  };
}
