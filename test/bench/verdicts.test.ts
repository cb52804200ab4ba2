import { describe, expect, it } from 'vitest';
import { goalRows, tableLines } from '../../bench/tables.ts';
import { type Goal, isVoid, judgeGoal } from '../../bench/verdicts.ts';

const most = (value: number, bound = 0.5): Goal => ({ figure: 'cold', bound: { most: bound }, value });

describe('a verdict', () => {
  it.each([
    [most(0.5), 1, 'met'],
    [most(0.51), 1, 'not met'],
    [{ figure: 'goodput', bound: { least: 0.95 }, value: 0.95 }, 1, 'met'],
    [{ figure: 'goodput', bound: { least: 0.95 }, value: 0.94 }, 1, 'not met'],
    [most(Number.NaN), 1, 'not met'],
    [{ figure: 'goodput', bound: { least: 0.95 }, value: Number.NaN }, undefined, 'not met'],
    [most(0.1), 1.09, 'void'],
    [most(0.9), 0.91, 'void'],
    [most(0.1), Number.NaN, 'void'],
    [{ ...most(0, 0), exact: true }, 2, 'met'],
    [{ ...most(1, 0), exact: true }, 2, 'not met'],
    [most(0.1), undefined, 'met'],
  ] as const)('on %j with twins at %s is %s', (goal, twin, verdict) => {
    expect(judgeGoal(goal, twin)).toEqual({ ...goal, verdict });
  });
});

describe('a run', () => {
  it.each([
    [0.93, false],
    [1.07, false],
    [0.919, true],
    [1.081, true],
    [Number.NaN, true],
    [undefined, false],
  ])('with twins at %s is void: %s', (twin, expected) => expect(isVoid(twin)).toBe(expected));
});

describe('the table of goals', () => {
  it('says figure, value, bound and verdict', () => {
    const goals = [
      judgeGoal(most(0.444), 1),
      judgeGoal({ figure: 'goodput', bound: { least: 0.95 }, value: 0.5 }, undefined),
    ];
    expect(tableLines(goalRows(goals))).toEqual([
      'goal     value    bound  verdict',
      'cold     0.444  ≤ 0.500      met',
      'goodput  0.500  ≥ 0.950  not met',
    ]);
  });
});
