/** Which ends of a revocation give a key's place in the limits back. */
import { describe, expect, it } from 'vitest';
import { isWithoutEffect, NOT_STARTED, type Outcome, type Revoked } from '../../../lib/model/outcome.ts';

const EFFECTS: Readonly<Record<Outcome, 'none' | 'possible'>> = {
  confirmed: 'possible',
  'already-revoked': 'possible',
  accepted: 'possible',
  'not-found': 'none',
  'no-keys': 'possible',
  duplicate: 'possible',
  'would-revoke': 'possible',
  rejected: 'none',
  unauthenticated: 'none',
  forbidden: 'none',
  misdirected: 'possible',
  throttled: 'none',
  unavailable: 'possible',
  unknown: 'possible',
};
const ended = (outcome: Outcome): Revoked => ({
  outcome,
  next: 'done',
  call: { call: 'revoke-key', attempt: 1 },
});
const outcomes = Object.keys(EFFECTS) as readonly Outcome[];

describe('isWithoutEffect', () => {
  it.each(outcomes)('of %s', (outcome) => {
    expect(isWithoutEffect(ended(outcome))).toBe(EFFECTS[outcome] === 'none');
  });

  it.each(outcomes)('is false of %s after a call that may have revoked something', (outcome) => {
    expect(isWithoutEffect({ ...ended(outcome), inDoubt: true })).toBe(false);
  });

  it('is true without a call', () => {
    const undecided = { outcome: 'undecided', next: 'retry', code: 'owner-throttled' } as const;
    const hold = { reason: 'held-protected', check: 'protected owner', detail: 'rule' } as const;
    const results = [NOT_STARTED, undecided, { outcome: 'held', next: 'dead', hold } as const];
    expect(results.map(isWithoutEffect)).toEqual([true, true, true]);
  });
});
