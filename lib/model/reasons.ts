/** Why an event waits for a person. The codes are contract: alarms, the runbook and replays go by them. */

/** Something is wrong with the event or the API refused it. */
export const FAILURE_REASONS = [
  'unreadable',
  'unknown-type',
  'unknown-version',
  'invalid',
  'oversize',
  'secret-like-target',
  'unmappable',
  'unresolved',
  'console-only',
  'api-rejected',
  'retries-exhausted',
  'unconfirmed',
  'replay-limit',
  'crashed',
] as const;

/** A guard stopped the event; an approval releases it. */
export const HOLD_REASONS = [
  'held-protected',
  'held-limit',
  'held-stale',
  'held-superseded',
  'held-low-confidence',
  'held-dry-run',
] as const;

/** The same event id came with another body. Never released: nobody can know which of the two was meant. */
export const HELD_CONFLICT = 'held-conflict';

export type FailureReason = (typeof FAILURE_REASONS)[number];
export type HoldReason = (typeof HOLD_REASONS)[number];
export type Reason = FailureReason | HoldReason | typeof HELD_CONFLICT;

/** A safety check's verdict: why an event is held. `detail` names the rule, never data of the event. */
export interface Hold {
  readonly reason: HoldReason;
  readonly detail: string;
}

const ALL: ReadonlySet<unknown> = new Set([...FAILURE_REASONS, ...HOLD_REASONS, HELD_CONFLICT]);
const HELD: ReadonlySet<string> = new Set(HOLD_REASONS);

/** Takes any value; returns whether it is one of the reasons. */
export const isReason = (value: unknown): value is Reason => ALL.has(value);

/** Takes a reason; returns whether a guard gave it and an approval may release it. */
export const isHoldReason = (reason: Reason): reason is HoldReason => HELD.has(reason);
