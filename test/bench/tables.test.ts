import { describe, expect, it } from 'vitest';
import { formatNumber, tableLines } from '../../bench/tables.ts';

describe('a number', () => {
  it.each([
    [0.1234, '0.123'],
    [1.2345, '1.23'],
    [12.345, '12.3'],
    [123.45, '123'],
    [12_345.6, '12,346'],
    [10_000, '10,000'],
    [0, '0'],
    [Number.NaN, '–'],
    [Number.POSITIVE_INFINITY, '–'],
  ])('%d is shown as %s', (value, text) => expect(formatNumber(value)).toBe(text));
});

describe('a table', () => {
  it('is aligned, with a gap where a row has nothing', () => {
    expect(
      tableLines([
        { name: 'ours', ms: 1.5, failed: '–' },
        { name: 'a longer name', ms: 1_000 },
      ]),
    ).toEqual(['name              ms  failed', 'ours            1.50       –', 'a longer name  1,000']);
  });
});
