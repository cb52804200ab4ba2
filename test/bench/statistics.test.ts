import { describe, expect, it } from 'vitest';
import { drawOrder, growthOf, median, quantile, ratioOf } from '../../bench/statistics.ts';

describe('quantiles', () => {
  it.each([
    [[3, 1, 2], 0.5, 2],
    [[4, 1, 3, 2], 0.5, 2.5],
    [[10, 20], 0.25, 12.5],
    [[7], 0.99, 7],
    [[1, 2, 3], 1, 3],
    [[1, 2, 3], 0, 1],
    [[100, 9], 1, 100],
  ])('of %j at %d are %d', (values, fraction, expected) => {
    expect(quantile(values, fraction)).toBe(expected);
  });

  it('of nothing are no number', () => expect(median([])).toBeNaN());

  it('leave the values in their order', () => {
    const values = [3, 1, 2];
    median(values);
    expect(values).toEqual([3, 1, 2]);
  });
});

describe('the order of a round', () => {
  const orders = Array.from({ length: 60 }, (_, round) => drawOrder(['a', 'b', 'c'], round).join(''));
  it('differs from round to round, and has each one after each other', () => {
    expect([...new Set(orders)].toSorted()).toEqual(['abc', 'acb', 'bac', 'bca', 'cab', 'cba']);
  });
  it('is the same in each run', () => expect(drawOrder(['a', 'b', 'c'], 7).join('')).toBe(orders[7]));
  it('of an empty list is empty', () => expect(drawOrder([], 3)).toEqual([]));
});

describe('a ratio', () => {
  it('is the median of several', () => expect(ratioOf([0.25, 0.5, 20]).ratio).toBe(0.5));

  it('has no spread where they are equal', () => {
    expect(ratioOf([0.5, 0.5, 0.5])).toEqual({ ratio: 0.5, low: 0.5, high: 0.5 });
  });

  it('lies within its interval, which is the same each time', () => {
    const ratios = [0.4, 0.5, 0.55, 0.6, 1.5];
    const first = ratioOf(ratios);
    expect(first.low).toBeLessThan(first.ratio);
    expect(first.high).toBeGreaterThan(first.ratio);
    expect(ratioOf(ratios)).toEqual(first);
  });

  it('of nothing is no number', () => expect(ratioOf([]).ratio).toBeNaN());
});

describe('growth', () => {
  it.each([
    [
      [
        [10, 5],
        [1_000, 500],
      ],
      1,
    ],
    [
      [
        [10, 5],
        [1_000, 5],
      ],
      0,
    ],
    [
      [
        [10, 1],
        [50, 8],
        [100, 100],
      ],
      2,
    ],
  ] as const)('of %j has the exponent %d', (points, exponent) => {
    expect(growthOf(points)).toBeCloseTo(exponent, 10);
  });
  it('of nothing is no number', () => expect(growthOf([])).toBeNaN());
});
