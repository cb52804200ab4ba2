import { OPEN_MS } from '../coreweave/circuit-breaker.ts';
import type { Lane } from '../model/settings.ts';
import { equalJitter } from '../runtime/retry.ts';

export const SCHEDULE: Readonly<Record<Lane, { readonly base: number; readonly cap: number }>> = {
  urgent: { base: 5, cap: 120 },
  bulk: { base: 30, cap: 900 },
};

export interface Wait {
  readonly receiveCount: number;
  readonly fraction: number;
  readonly retryAfterS?: number;
  readonly rested?: boolean;
}

/**
 * Takes the lane, how often the message was received (from 1), a fraction in [0, 1), the API's Retry-After in seconds, if
 * any, and whether an open breaker kept the message from being tried; returns the visibility in whole seconds. What comes
 * while the breaker still rests, though the API is well again, is then settled within the lane's cap all the same.
 */
export function visibilitySeconds(
  lane: Lane,
  { receiveCount, fraction, retryAfterS = 0, rested = false }: Wait,
): number {
  const { base, cap } = SCHEDULE[lane];
  const full = Math.min(rested ? cap - OPEN_MS / 1_000 : cap, base * 2 ** Math.min(receiveCount - 1, 30));
  return Math.ceil(Math.max(retryAfterS, equalJitter(full, fraction)));
}
