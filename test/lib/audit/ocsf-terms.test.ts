/** What a SIEM groups by: every number with its word, for everything that we report. (OCSF 1.9.0, User Management) */
import { describe, expect, it } from 'vitest';
import {
  ACTIVITIES,
  CLASS_UID,
  DISCARD_TERMS,
  OUTCOME_TERMS,
  PHASE_TERMS,
  RECONCILE_TERMS,
  REPLAY_TERMS,
  type Terms,
} from '../../../lib/audit/ocsf-terms.ts';

/** The words of OCSF 1.9.0 for the numbers that we use. */
const STATUSES = { 1: 'Success', 2: 'Failure', 99: 'Other' };
const SEVERITIES = { 1: 'Informational', 2: 'Low', 3: 'Medium', 4: 'High' };
const DISPOSITIONS = {
  14: 'Delayed',
  16: 'No Action',
  24: 'Access Revoked',
  25: 'Rejected',
  27: 'Error',
  99: 'Other',
};
type Numbers = readonly [
  status: keyof typeof STATUSES,
  severity: keyof typeof SEVERITIES,
  disposition: keyof typeof DISPOSITIONS,
];
const terms = ([status, severity, disposition]: Numbers): Terms => ({
  status: [status, STATUSES[status]],
  severity: [severity, SEVERITIES[severity]],
  disposition: [disposition, DISPOSITIONS[disposition]],
});
/** Status, severity, disposition. */
const tables: readonly (readonly [string, Readonly<Record<string, Terms>>, Readonly<Record<string, Numbers>>])[] = [
  [
    'an outcome',
    OUTCOME_TERMS,
    {
      confirmed: [1, 1, 24],
      'already-revoked': [1, 1, 16],
      accepted: [99, 2, 99],
      'not-found': [1, 3, 16],
      'no-keys': [1, 2, 16],
      duplicate: [1, 1, 16],
      'would-revoke': [99, 1, 16],
      rejected: [2, 4, 25],
      unauthenticated: [2, 4, 27],
      forbidden: [2, 4, 27],
      misdirected: [2, 4, 27],
      throttled: [2, 2, 27],
      unavailable: [2, 3, 27],
      unknown: [99, 3, 27],
    },
  ],
  [
    'any other step',
    PHASE_TERMS,
    {
      intent: [99, 1, 14],
      'dead-letter': [2, 4, 25],
      hold: [99, 4, 14],
      note: [99, 1, 16],
      refusal: [2, 3, 25],
      checkpoint: [99, 1, 16],
    },
  ],
  [
    'a replay',
    REPLAY_TERMS,
    {
      intent: [99, 1, 14],
      approval: [99, 4, 14],
      replayed: [1, 1, 99],
      skipped: [99, 1, 16],
      refused: [2, 2, 25],
      failed: [2, 3, 27],
    },
  ],
  [
    'a reconciliation',
    RECONCILE_TERMS,
    {
      'none-standing': [1, 1, 16],
      ok: [1, 1, 16],
      standing: [2, 4, 16],
      findings: [2, 3, 16],
      unproven: [99, 3, 16],
      'listing-failed': [2, 4, 27],
    },
  ],
  ['a discard', DISCARD_TERMS, { intent: [99, 4, 14], discarded: [1, 3, 16], 'not-removed': [2, 3, 27] }],
];

describe('the terms of the audit', () => {
  it.each(tables)('of %s are these', (_, actual, expected) => {
    expect(actual).toEqual(Object.fromEntries(Object.entries(expected).map(([name, row]) => [name, terms(row)])));
  });

  it('call an outcome a removal of credentials, and all else by a name of its own', () => {
    expect(CLASS_UID).toBe(3007);
    expect(ACTIVITIES).toEqual({
      outcome: { id: 19, name: 'Remove Programmatic Credentials' },
      intent: { id: 99, name: 'Revocation Intent' },
      'dead-letter': { id: 99, name: 'Dead Letter' },
      hold: { id: 99, name: 'Hold' },
      note: { id: 99, name: 'Note' },
      refusal: { id: 99, name: 'Refusal' },
      reconcile: { id: 99, name: 'Reconciliation' },
      replay: { id: 99, name: 'Replay' },
      discard: { id: 99, name: 'Discard' },
      checkpoint: { id: 99, name: 'Checkpoint' },
    });
  });
});
