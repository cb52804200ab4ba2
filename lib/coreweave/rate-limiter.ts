/** The turns of one Lambda environment's calls, at the rate that it has learned from the API's refusals (`lib/coreweave/rate.ts`). */

import type { Clock, Log } from '../ports.ts';
import { createGate } from '../runtime/limit.ts';
import { MAX_RETRY_AFTER_S, retryAfterSeconds } from '../runtime/retry.ts';
import type { Observation } from './api.ts';
import { loadOf } from './outcome.ts';
import { FREE, isPaced, isServing, promise, type Rate, refused, served, taken } from './rate.ts';

export interface Pacer {
  /** Resolves with true when it is one's turn, in the order of the asking: at once while no limit is known. With false when that would be at `endsAt` (epoch ms) or later. */
  wait(endsAt: number): Promise<boolean>;
  /** Makes a call whose turn it is, and learns from what comes of it. Never rejects if the call does not. */
  watch(call: () => Promise<Observation>): Promise<Observation>;
  /** Whether a turn comes before `endsAt` (epoch ms), as far as is known now. */
  hasTurn(endsAt: number): boolean;
  /** Seconds (0 to 900) after which a message that has found no turn should come back; each asking is for another message. */
  comesRoundS(): number;
  /** Whether the API limits us and serves us all the same: what is late then is not in trouble. */
  isServing(): boolean;
}

/** Takes clock and log; returns a pacer that knows no limit. */
export function createPacer({ clock, log }: { readonly clock: Clock; readonly log: Log }): Pacer {
  let rate: Rate = FREE;
  const line = createGate(1);
  const hasTurn = (endsAt: number): boolean => !isPaced(rate, clock.now()) || rate.dueAt < endsAt;

  /** The first in line alone sleeps: what is learned meanwhile counts for it and for all behind it. */
  const comeFirst = async (endsAt: number): Promise<boolean> => {
    for (;;) {
      const now = clock.now();
      if (!hasTurn(endsAt) || now >= endsAt) return false;
      if (!isPaced(rate, now) || rate.dueAt <= now) {
        rate = taken(rate, now);
        return true;
      }
      await clock.sleep(rate.dueAt - now);
    }
  };
  const learn = (observed: Observation, run: number): void => {
    const now = clock.now();
    const load = loadOf(observed);
    if (load.kind === 'served') rate = served(rate, run, now);
    if (load.kind !== 'refused') return;
    const before = rate.run;
    const seconds = retryAfterSeconds(load.retryAfter, load.date, now) ?? 0;
    rate = refused(rate, run, { now, retryAfterMs: seconds * 1_000 });
    if (rate.run !== before) log.warn('rate', { perSecond: Math.round(rate.base) });
  };

  return {
    wait: (endsAt) => {
      if (isPaced(rate, clock.now())) return line(() => comeFirst(endsAt));
      rate = taken(rate, clock.now());
      return Promise.resolve(true);
    },
    async watch(call) {
      const { run } = rate;
      const observed = await call();
      learn(observed, run);
      return observed;
    },
    hasTurn,
    comesRoundS() {
      const now = clock.now();
      const promised = promise(rate, now);
      rate = promised.rate;
      return Math.min(MAX_RETRY_AFTER_S, Math.ceil((promised.at - now) / 1_000));
    },
    isServing: () => isServing(rate, clock.now()),
  };
}
