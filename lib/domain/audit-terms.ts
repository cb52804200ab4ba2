/** The OCSF 1.9.0 terms for what we do: tables from our words to the numbers of the User Management class (3007). */
import type { Outcome } from './outcome.ts';

export const CLASS_UID = 3007;

/** Activity 19, Remove Programmatic Credentials, is for outcomes of revocations; all else is 99, Other, with a name. */
export const ACTIVITIES = {
  outcome: { id: 19, name: 'Remove Programmatic Credentials' },
  intent: { id: 99, name: 'Revocation Intent' },
  'dead-letter': { id: 99, name: 'Dead Letter' },
  hold: { id: 99, name: 'Hold' },
  note: { id: 99, name: 'Note' },
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

/** `status_detail` carries the outcome itself; these are what a SIEM groups by. */
export const OUTCOME_TERMS: Readonly<Record<Outcome, Terms>> = {
  confirmed: { status: SUCCESS, severity: INFO, disposition: REVOKED },
  // Not seen to be gone: the audit must not say that access is revoked.
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

export const PHASE_TERMS: Readonly<Record<Exclude<Phase, 'outcome'>, Terms>> = {
  intent: { status: OTHER, severity: INFO, disposition: [14, 'Delayed'] },
  'dead-letter': { status: FAILURE, severity: HIGH, disposition: [25, 'Rejected'] },
  hold: { status: OTHER, severity: HIGH, disposition: [14, 'Delayed'] },
  note: { status: OTHER, severity: INFO, disposition: NO_ACTION },
};
