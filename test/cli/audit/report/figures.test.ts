import { describe, expect, it } from 'vitest';
import { spreadOf } from '../../../../cli/audit/report/figures.ts';
import { clock, day, instant, machine, several, span, whole } from '../../../../cli/audit/report/format.ts';

describe('the figures of the report', () => {
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
  ])('say %d ms as %s', (ms, words) => {
    expect(span(ms)).toBe(words);
  });

  it('spread spans by nearest rank, each in one bucket, its upper end included', () => {
    expect(spreadOf([])).toBeUndefined();
    const spans = [-1, 1_000, 1_001, 2_000, 3_600_000, 3_600_001, ...Array.from({ length: 14 }, () => 60_000)];
    expect(spreadOf(spans)).toEqual({
      count: 20,
      median: 60_000,
      p95: 3_600_000,
      longest: 3_600_001,
      buckets: [2, 2, 0, 0, 0, 14, 0, 0, 1, 1],
    });
    expect(spreadOf([7])).toMatchObject({ count: 1, median: 7, p95: 7, longest: 7 });
  });

  it('write times in UTC, and say so of what is none', () => {
    const ms = Date.UTC(2026, 10, 23, 9, 30, 1, 250);
    expect([day(ms), clock(ms), instant(ms), machine(ms)]).toEqual([
      '2026-11-23',
      '09:30:01.250',
      '2026-11-23 09:30:01.250',
      '2026-11-23T09:30:01.250Z',
    ]);
    expect([instant(1e300), machine(Number.NaN)]).toEqual(['unknown day unknown time', '']);
  });

  it('group digits and add an s', () => {
    expect([whole(999), whole(1_234_567), several(1, 'event'), several(12_345, 'event')]).toEqual([
      '999',
      '1,234,567',
      '1 event',
      '12,345 events',
    ]);
  });
});
