/** What becomes of an event, and of the message that carried it. */

import type { Target } from './plan.ts';
import type { Reason } from './reasons.ts';
import type { Lane, Settings } from './settings.ts';

/** `done`: settled for good. `retry`: the message comes back. `dead`: a person must look. */
export type Settlement =
  | { readonly kind: 'done' }
  | { readonly kind: 'retry'; readonly code: string; readonly retryAfterS?: number; readonly status?: number }
  | {
      readonly kind: 'dead';
      readonly reason: Reason;
      readonly detail: string;
      readonly target?: Target;
      readonly status?: number;
    };

export const DONE = { kind: 'done' } as const satisfies Settlement;

/** Deliveries of a message from which on it runs last and alone: it may be what ends the process. */
export const POISON_AFTER = 20;
const LEAST_RECEIVES = 5;

export interface Age {
  readonly receiveCount: number;
  /** Epoch ms. */
  readonly firstReceived: number;
}

/** Takes how old a message is and now; returns whether it was tried long enough. Time alone would give up on what throttling delayed. */
export const isExhausted = (age: Age, now: number, settings: Pick<Settings, 'retryHorizonMs'>): boolean =>
  age.receiveCount >= LEAST_RECEIVES && now - age.firstReceived > settings.retryHorizonMs;

/** Seconds after which a message that was not started comes back: a leak at once, bulk work a little later. */
export const RETURN_UNSTARTED_S: Readonly<Record<Lane, number>> = { urgent: 0, bulk: 5 };

/**
 * Takes the settlements of a message's events; returns that of the message: any retry retries it (with the longest
 * Retry-After), else it is done once each dead event has its letter.
 */
export function settlementOf(settlements: readonly Settlement[]): Exclude<Settlement, { kind: 'dead' }> {
  const retries = settlements.filter((settlement) => settlement.kind === 'retry');
  const longest = retries.toSorted(
    (a, b) => (b.retryAfterS ?? 0) - (a.retryAfterS ?? 0) || Number(isUnstarted(a)) - Number(isUnstarted(b)),
  )[0];
  return longest ?? DONE;
}

/** What was tried and failed comes back with its backoff, also beside what found no turn. */
const isUnstarted = ({ code }: Extract<Settlement, { kind: 'retry' }>): boolean => code === 'not-started';
