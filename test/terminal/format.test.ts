import { describe, expect, it } from 'vitest';
import {
  formatAge,
  formatDuration,
  formatInteger,
  formatNumber,
  formatSeconds,
  pluralize,
} from '../../terminal/format.ts';

describe('formatAge', () => {
  it.each([
    [-5, '0 s'],
    [999, '0 s'],
    [59_999, '59 s'],
    [60_000, '1 min'],
    [3_599_999, '59 min'],
    [86_399_999, '23 h'],
    [259_200_000, '3 d'],
  ])('formatAge: %d ms is %s', (ms, text) => expect(formatAge(ms)).toBe(text));
});

describe('formatDuration', () => {
  it.each([
    [-5, '0 ms'],
    [0, '0 ms'],
    [999.4, '999 ms'],
    [1_000, '1.0 s'],
    [59_949, '59.9 s'],
    [59_950, '1 min'],
    [125_000, '2 min 5 s'],
    [3_599_400, '59 min 59 s'],
    [3_599_500, '1 h'],
    [7_440_000, '2 h 4 min'],
    [86_370_000, '1 d'],
    [90_000_000, '1 d 1 h'],
  ])('formatDuration: %d ms is %s', (ms, text) => expect(formatDuration(ms)).toBe(text));
});

describe('formatNumber', () => {
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
  ])('formatNumber: %d is %s', (value, text) => expect(formatNumber(value)).toBe(text));
});

it('formatSeconds: fixed decimals for any duration', () => {
  expect([formatSeconds(412, 2), formatSeconds(10_790, 2), formatSeconds(5_400, 0)]).toEqual([
    '0.41 s',
    '10.79 s',
    '5 s',
  ]);
});

it('formatInteger: grouped digits from a thousand on', () => {
  expect([formatInteger(999), formatInteger(1_234_567)]).toEqual(['999', '1,234,567']);
});

it('pluralize: an s unless the count is 1, in the given number format', () => {
  expect([pluralize(1, 'key'), pluralize(0, 'key'), pluralize(12_345, 'event', formatInteger)]).toEqual([
    '1 key',
    '0 keys',
    '12,345 events',
  ]);
});
