/** The table of safety checks: which apply to what, in which order, and what an approval skips. */
import { describe, expect, it } from 'vitest';
import { HOLD_REASONS } from '../../../lib/model/reasons.ts';
import { type CheckedKind, firstHold, SAFETY_CHECKS, type SafetyCheck } from '../../../lib/revoke/checks.ts';

const KINDS: readonly CheckedKind[] = [
  'leaked-key',
  'key-follow-up',
  'offboarding',
  'offboarding-follow-up',
  'compromised-principal',
  'compromise-follow-up',
];
const ALL = Object.values(SAFETY_CHECKS).flat();

describe('SAFETY_CHECKS', () => {
  it('name each check once, with a hold reason and a cost', () => {
    expect(new Set(ALL.map(({ name }) => name)).size).toBe(ALL.length);
    expect(ALL.filter(({ reason, cost }) => !HOLD_REASONS.includes(reason) || cost === '')).toEqual([]);
  });

  it.each([
    ['leaked-key', ['confidence', 'protected key', 'key limits', 'protected owner']],
    ['key-follow-up', ['confidence', 'protected key', 'protected owner']],
    [
      'offboarding',
      [
        'protected principal',
        'reinstatement',
        'age',
        'newer schedule',
        'protected key of the principal',
        'staged',
        'limits',
        'snapshot size',
      ],
    ],
    ['offboarding-follow-up', ['protected principal', 'reinstatement', 'protected key of the principal']],
    ['compromised-principal', ['protected principal', 'protected key of the principal', 'limits', 'snapshot size']],
    ['compromise-follow-up', ['protected principal', 'protected key of the principal']],
  ] as const)('apply to %s in this order: %j', (kind, names) => {
    expect(ALL.filter(({ appliesTo }) => appliesTo.includes(kind)).map(({ name }) => name)).toEqual(names);
  });

  it('apply to every kind', () => {
    expect(KINDS.filter((kind) => !ALL.some(({ appliesTo }) => appliesTo.includes(kind)))).toEqual([]);
  });
});

describe('firstHold', () => {
  const asked: string[] = [];
  const check = (name: string, reason: SafetyCheck<null>['reason'], rule?: string): SafetyCheck<null> => ({
    name,
    appliesTo: ['offboarding'],
    reason,
    cost: 'none',
    evaluate: async () => {
      asked.push(name);
      return rule;
    },
  });
  const checks = [
    check('passes', 'held-protected'),
    { ...check('of another kind', 'held-limit', 'rule: never'), appliesTo: ['leaked-key'] as const },
    check('holds', 'held-stale', 'rule: old'),
    check('holds too', 'held-limit', 'rule: many'),
  ];

  it.each([
    [[], { reason: 'held-stale', detail: 'rule: old' }, ['passes', 'holds']],
    [['held-stale'], { reason: 'held-limit', detail: 'rule: many' }, ['passes', 'holds too']],
    [['held-stale', 'held-limit'], undefined, ['passes']],
  ] as const)('with %j approved returns %j and evaluates %j', async (approved, hold, evaluated) => {
    asked.length = 0;
    expect(await firstHold(checks, { kind: 'offboarding', facts: null, approved })).toEqual(hold);
    expect(asked).toEqual(evaluated);
  });
});
