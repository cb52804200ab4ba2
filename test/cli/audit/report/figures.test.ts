import { describe, expect, it } from 'vitest';
import { toDistribution } from '../../../../cli/audit/report/figures.ts';
import { formatDay, formatInstant, formatTime, toIsoInstant } from '../../../../cli/audit/report/format.ts';

describe('the figures of the report', () => {
  it('spread spans by nearest rank, each in one bucket, its upper end included', () => {
    expect(toDistribution([])).toBeUndefined();
    const spans = [-1, 1_000, 1_001, 2_000, 3_600_000, 3_600_001, ...Array.from({ length: 14 }, () => 60_000)];
    expect(toDistribution(spans)).toEqual({
      count: 20,
      median: 60_000,
      p95: 3_600_000,
      longest: 3_600_001,
      buckets: [2, 2, 0, 0, 0, 14, 0, 0, 1, 1],
    });
    expect(toDistribution([7])).toMatchObject({ count: 1, median: 7, p95: 7, longest: 7 });
  });

  it('write times in UTC, and say so of what is none', () => {
    const ms = Date.UTC(2026, 10, 23, 9, 30, 1, 250);
    expect([formatDay(ms), formatTime(ms), formatInstant(ms), toIsoInstant(ms)]).toEqual([
      '2026-11-23',
      '09:30:01.250',
      '2026-11-23 09:30:01.250',
      '2026-11-23T09:30:01.250Z',
    ]);
    expect([formatInstant(1e300), toIsoInstant(Number.NaN)]).toEqual(['unknown day unknown time', '']);
  });
});
