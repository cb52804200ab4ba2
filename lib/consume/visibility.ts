/** How long a message stays invisible before it is retried. */
import { OPEN_MS } from '../coreweave/circuit-breaker.ts';
import type { Lane } from '../model/settings.ts';
import { equalJitter } from '../runtime/retry.ts';

/** Seconds: the first backoff, doubled with each receive up to the cap. */
const BACKOFF_S: Readonly<Record<Lane, { readonly base: number; readonly cap: number }>> = {
  urgent: { base: 5, cap: 120 },
  bulk: { base: 30, cap: 900 },
};

export interface RetryState {
  /** From 1. */
  readonly receiveCount: number;
  /** In [0, 1). */
  readonly fraction: number;
  readonly retryAfterS?: number;
  /** The open circuit breaker kept the message from being tried. */
  readonly circuitOpen?: boolean;
}

/**
 * Whole seconds: the longer of Retry-After and a backoff, which is at most the cap of the queue. While the circuit is
 * open it is shorter, so that a message is also retried in time if the API recovers then.
 */
export function visibilitySeconds(
  lane: Lane,
  { receiveCount, fraction, retryAfterS = 0, circuitOpen = false }: RetryState,
): number {
  const { base, cap } = BACKOFF_S[lane];
  const full = Math.min(circuitOpen ? cap - OPEN_MS / 1_000 : cap, base * 2 ** Math.min(receiveCount - 1, 30));
  return Math.ceil(Math.max(retryAfterS, equalJitter(full, fraction)));
}
