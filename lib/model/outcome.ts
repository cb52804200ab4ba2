/** How a revocation goes, from one call to the whole target. */
import type { Hold } from './reasons.ts';

/** What the API did. Contract: audit records, metrics and notices carry these codes. */
export type Outcome =
  /** A read-back showed that the key is no longer live. */
  | 'confirmed'
  /** The same, but the key was deleted before the first call, by another party. */
  | 'already-revoked'
  /** The API answered 200; nothing has shown yet that the key is no longer live. */
  | 'accepted'
  | 'not-found'
  | 'no-keys'
  | 'duplicate'
  /** Dry run: nothing was called. */
  | 'would-revoke'
  | 'rejected'
  | 'unauthenticated'
  | 'forbidden'
  /** Another host, or another path, answered. */
  | 'misdirected'
  | 'throttled'
  | 'unavailable'
  /** The effect of the call cannot be told from the answer. */
  | 'unknown';

/**
 * The call that an intent record announces and an outcome record reports. `status` and `latencyMs`: only with an
 * answer.
 */
export interface RevocationCall {
  readonly call: 'revoke-key' | 'revoke-principal';
  /** From 1 in each delivery. */
  readonly attempt: number;
  readonly status?: number;
  readonly latencyMs?: number;
  readonly fault?: string;
}

/** What one call did. `verify-effect`: whether the call had its effect is unknown, and only a read-back can tell. */
export interface AttemptResult {
  readonly outcome: Outcome;
  readonly next: 'done' | 'dead' | 'retry' | 'verify' | 'verify-effect';
  /** Another attempt in the same invocation may help. */
  readonly quick: boolean;
  readonly call: RevocationCall;
  readonly retryAfterS?: number;
}

/**
 * How the revocation of one target ended in this delivery. `not-started`: no call was made (circuit breaker, rate limit
 * or deadline).
 */
export type TargetOutcome = Revoked | Stopped;

/** What the safety checks say of a target that is not revoked. */
export type Stopped = Undecided | { readonly outcome: 'held'; readonly next: 'dead'; readonly hold: Hold };

/** A safety check could not be decided: the message is retried. `code`: for the log. */
export interface Undecided {
  readonly outcome: 'undecided';
  readonly next: 'retry';
  readonly code: string;
  readonly retryAfterS?: number;
}

export interface Revoked {
  readonly outcome: Outcome | 'not-started';
  readonly next: 'done' | 'retry' | 'dead';
  /** The last call, if there was one. */
  readonly call?: RevocationCall;
  readonly retryAfterS?: number;
  /** A call before the last one may have revoked something. */
  readonly inDoubt?: true;
}

/** No call was made: the message is retried. */
export const NOT_STARTED = { outcome: 'not-started', next: 'retry' } as const satisfies Revoked;

/** Outcomes that a read-back has proven. */
export const isProven = (outcome: TargetOutcome['outcome']): boolean =>
  outcome === 'confirmed' || outcome === 'already-revoked';

/** The last answer was a refusal, or there was no call. */
const WITHOUT_EFFECT: ReadonlySet<TargetOutcome['outcome']> = new Set([
  'not-started',
  'undecided',
  'held',
  'not-found',
  'rejected',
  'unauthenticated',
  'forbidden',
  'throttled',
]);

/** Whether no call of this delivery can have revoked anything. */
export const isWithoutEffect = (result: TargetOutcome): boolean =>
  WITHOUT_EFFECT.has(result.outcome) && !('inDoubt' in result);

/** An outcome after which nothing more is done about the target in this delivery. */
export const settledAs = (outcome: Outcome): Revoked => ({ outcome, next: 'done' });
