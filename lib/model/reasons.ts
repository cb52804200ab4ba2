/** Reason codes of dead letters. They are contract: alarms, the runbook and replays use them. */

/** The event is invalid, the API rejected it, or it could not be settled. */
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

/** A safety check held the event; it can be approved. */
export const HOLD_REASONS = [
  'held-protected',
  'held-limit',
  'held-stale',
  'held-superseded',
  'held-low-confidence',
  'held-near-match',
  'held-dry-run',
  'held-unknown-sender',
  'held-authority',
  'held-conflict',
] as const;

export type FailureReason = (typeof FAILURE_REASONS)[number];
export type HoldReason = (typeof HOLD_REASONS)[number];
export type Reason = FailureReason | HoldReason;

/** The safety checks. Dead letters, approvals and rows keep the names: they are contract too. */
export const CHECK_NAMES = [
  'confidence',
  'protected key',
  'key limits',
  'protected owner',
  'protected principal',
  'reinstatement',
  'age',
  'newer schedule',
  'protected key of the principal',
  'staged',
  'limits',
  'reconciliation limit',
  'snapshot size',
] as const;

export type CheckName = (typeof CHECK_NAMES)[number];

/** Why an event is held. `detail` names the rule, never data of the event. */
export interface Hold {
  readonly reason: HoldReason;
  readonly detail: string;
  /** The safety check that holds it: several have the same reason. Absent: no check of the table does. */
  readonly check?: CheckName;
  /** RFC 3339: the latest that the check has found. An approval of the hold covers nothing later. */
  readonly asOf?: string;
  /** The same rule held an event of the sender shortly before: no further notice. */
  readonly repeated?: true;
}

const ALL: ReadonlySet<unknown> = new Set([...FAILURE_REASONS, ...HOLD_REASONS]);
const HELD: ReadonlySet<unknown> = new Set(HOLD_REASONS);

export const isReason = (value: unknown): value is Reason => ALL.has(value);

export const isHoldReason = (reason: unknown): reason is HoldReason => HELD.has(reason);
