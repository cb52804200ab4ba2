/** Maps phases, outcomes and replay results to the terms of OCSF 1.9.0, class User Management (3007). */
import type { Outcome } from '../model/outcome.ts';
import type { ReplayResult } from '../model/replay-codes.ts';
import type { DiscardEntry, ReconcileCode } from './entry.ts';

export const CLASS_UID = 3007;

/** Outcomes of revocations are activity 19, Remove Programmatic Credentials; all else is 99, Other, with a name. */
export const ACTIVITIES = {
  outcome: { id: 19, name: 'Remove Programmatic Credentials' },
  intent: { id: 99, name: 'Revocation Intent' },
  'dead-letter': { id: 99, name: 'Dead Letter' },
  hold: { id: 99, name: 'Hold' },
  note: { id: 99, name: 'Note' },
  refusal: { id: 99, name: 'Refusal' },
  replay: { id: 99, name: 'Replay' },
  discard: { id: 99, name: 'Discard' },
  reconcile: { id: 99, name: 'Reconciliation' },
  checkpoint: { id: 99, name: 'Checkpoint' },
} as const;
export type Phase = keyof typeof ACTIVITIES;

export interface Terms {
  readonly status: readonly [id: 1 | 2 | 99, name: string];
  readonly severity: readonly [id: 1 | 2 | 3 | 4, name: string];
  readonly disposition: readonly [id: number, name: string];
}

const INFO = [1, 'Informational'] as const;
const LOW = [2, 'Low'] as const;
const MEDIUM = [3, 'Medium'] as const;
const HIGH = [4, 'High'] as const;
const SUCCESS = [1, 'Success'] as const;
const FAILURE = [2, 'Failure'] as const;
const OTHER = [99, 'Other'] as const;
const REVOKED = [24, 'Access Revoked'] as const;
const NO_ACTION = [16, 'No Action'] as const;
const ERROR = [27, 'Error'] as const;

/** What a SIEM groups by; `status_detail` has the outcome itself. */
export const OUTCOME_TERMS: Readonly<Record<Outcome, Terms>> = {
  confirmed: { status: SUCCESS, severity: INFO, disposition: REVOKED },
  'already-revoked': { status: SUCCESS, severity: INFO, disposition: NO_ACTION },
  // Not verified, so the record must not say that access is revoked.
  accepted: { status: OTHER, severity: LOW, disposition: [99, 'Other'] },
  'not-found': { status: SUCCESS, severity: MEDIUM, disposition: NO_ACTION },
  'no-keys': { status: SUCCESS, severity: LOW, disposition: NO_ACTION },
  duplicate: { status: SUCCESS, severity: INFO, disposition: NO_ACTION },
  'would-revoke': { status: OTHER, severity: INFO, disposition: NO_ACTION },
  rejected: { status: FAILURE, severity: HIGH, disposition: [25, 'Rejected'] },
  unauthenticated: { status: FAILURE, severity: HIGH, disposition: ERROR },
  forbidden: { status: FAILURE, severity: HIGH, disposition: ERROR },
  misdirected: { status: FAILURE, severity: HIGH, disposition: ERROR },
  throttled: { status: FAILURE, severity: LOW, disposition: ERROR },
  unavailable: { status: FAILURE, severity: MEDIUM, disposition: ERROR },
  unknown: { status: OTHER, severity: MEDIUM, disposition: ERROR },
};

export const PHASE_TERMS: Readonly<Record<Exclude<Phase, 'outcome' | 'replay' | 'discard' | 'reconcile'>, Terms>> = {
  intent: { status: OTHER, severity: INFO, disposition: [14, 'Delayed'] },
  'dead-letter': { status: FAILURE, severity: HIGH, disposition: [25, 'Rejected'] },
  hold: { status: OTHER, severity: HIGH, disposition: [14, 'Delayed'] },
  note: { status: OTHER, severity: INFO, disposition: NO_ACTION },
  refusal: { status: FAILURE, severity: MEDIUM, disposition: [25, 'Rejected'] },
  checkpoint: { status: OTHER, severity: INFO, disposition: NO_ACTION },
};

/** `approval`: the intent of a replay that approves a hold. */
export const REPLAY_TERMS: Readonly<Record<ReplayResult | 'intent' | 'approval', Terms>> = {
  intent: { status: OTHER, severity: INFO, disposition: [14, 'Delayed'] },
  approval: { status: OTHER, severity: HIGH, disposition: [14, 'Delayed'] },
  replayed: { status: SUCCESS, severity: INFO, disposition: [99, 'Other'] },
  skipped: { status: OTHER, severity: INFO, disposition: NO_ACTION },
  refused: { status: FAILURE, severity: LOW, disposition: [25, 'Rejected'] },
  failed: { status: FAILURE, severity: MEDIUM, disposition: ERROR },
};

export const DISCARD_TERMS: Readonly<Record<DiscardEntry['code'], Terms>> = {
  intent: { status: OTHER, severity: HIGH, disposition: [14, 'Delayed'] },
  discarded: { status: SUCCESS, severity: MEDIUM, disposition: NO_ACTION },
  'not-removed': { status: FAILURE, severity: MEDIUM, disposition: ERROR },
};

export const RECONCILE_TERMS: Readonly<Record<ReconcileCode, Terms>> = {
  'none-standing': { status: SUCCESS, severity: INFO, disposition: NO_ACTION },
  ok: { status: SUCCESS, severity: INFO, disposition: NO_ACTION },
  standing: { status: FAILURE, severity: HIGH, disposition: NO_ACTION },
  findings: { status: FAILURE, severity: MEDIUM, disposition: NO_ACTION },
  unproven: { status: OTHER, severity: MEDIUM, disposition: NO_ACTION },
  'listing-failed': { status: FAILURE, severity: HIGH, disposition: ERROR },
};

/** The classification fields of a record. `name` replaces the activity name of the phase. */
export function classify(phase: Phase, { status, severity, disposition }: Terms, name?: string) {
  const activity = ACTIVITIES[phase];
  const revoked = disposition[0] === REVOKED[0];
  return {
    activity_id: activity.id,
    activity_name: name ?? activity.name,
    category_uid: 3,
    class_uid: CLASS_UID,
    type_uid: CLASS_UID * 100 + activity.id,
    severity_id: severity[0],
    severity: severity[1],
    status_id: status[0],
    status: status[1],
    action_id: revoked ? 2 : 99,
    action: revoked ? 'Denied' : 'Other',
    disposition_id: disposition[0],
    disposition: disposition[1],
  };
}
