/** The table of safety checks: which apply to what, in which order, and what an approval skips. */
import { describe, expect, it } from 'vitest';
import type { IsApproved } from '../../../lib/ledger/approval.ts';
import { CHECK_NAMES, type CheckName, HOLD_REASONS } from '../../../lib/model/reasons.ts';
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
    expect(ALL.map(({ name }) => name).toSorted()).toEqual(CHECK_NAMES.toSorted());
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
  const check = (
    name: CheckName,
    reason: SafetyCheck<null>['reason'],
    finding?: string | { detail: string; asOf: string },
  ): SafetyCheck<null> => ({
    name,
    appliesTo: ['offboarding'],
    reason,
    cost: 'none',
    evaluate: async () => {
      asked.push(name);
      return finding;
    },
  });
  const checks = [
    check('protected principal', 'held-protected'),
    { ...check('key limits', 'held-limit', 'rule: never'), appliesTo: ['leaked-key'] as const },
    check('limits', 'held-limit', 'rule: many'),
    check('snapshot size', 'held-limit', 'rule: too large'),
  ];
  const limit = { reason: 'held-limit', check: 'limits', detail: 'rule: many' };
  const size = { reason: 'held-limit', check: 'snapshot size', detail: 'rule: too large' };

  it.each([
    [[], limit, ['protected principal', 'limits']],
    [['limits'], size, ['protected principal', 'snapshot size']],
    [['snapshot size'], limit, ['protected principal', 'limits']],
    [['limits', 'snapshot size'], undefined, ['protected principal']],
  ] as const)('with %j approved returns %j and evaluates %j', async (names, hold, evaluated) => {
    asked.length = 0;
    const approved: IsApproved = ({ reason, check: name }) =>
      reason === 'held-limit' && names.some((each) => each === name);
    expect(await firstHold(checks, { kind: 'offboarding', facts: null, approved })).toEqual(hold);
    expect(asked).toEqual(evaluated);
  });

  it.each([
    ['2026-11-23T09:30:00Z', undefined],
    ['2026-11-23T09:29:59Z', 'rule: stays'],
  ])('asks a dated check all the same: approved as of %s it holds by %s', async (asOf, detail) => {
    const finding = { detail: 'rule: stays', asOf: '2026-11-23T09:30:00Z' };
    const dated = [{ ...check('reinstatement', 'held-superseded', finding), isDated: true } as const];
    const approved: IsApproved = (hold) => hold.asOf === undefined || hold.asOf <= asOf;
    const hold = await firstHold(dated, { kind: 'offboarding', facts: null, approved });
    expect(hold).toEqual(detail && { reason: 'held-superseded', check: 'reinstatement', ...finding });
  });
});
