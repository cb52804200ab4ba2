import { describe, expect, it } from 'vitest';
import type { ApiReport } from '../../bench/api.ts';
import {
  coldMs,
  compareInRounds,
  compareWithTwin,
  cpuPerRecord,
  failedShare,
  formatFailedShare,
  perSecond,
  timeQuantile,
  wallMs,
} from '../../bench/figures.ts';
import type { Sample, Series } from '../../bench/lab.ts';

/** A client that loads from 0 to 40 ms, then one record until 50, then a batch of 4 from 50 to 90. */
const sample = (calls: ApiReport['calls'], revoked = calls.length): Sample => ({
  startedAt: 0,
  loadedAt: 40,
  loadCpuMs: 30,
  invocations: [
    { records: 1, startedAt: 40, endedAt: 50, cpuMs: 5, failed: 0 },
    { records: 4, startedAt: 50, endedAt: 90, cpuMs: 8, failed: 0 },
  ],
  maxRssMb: 60,
  lines: 10,
  api: { opened: 1, mostOpen: 1, calls, revoked },
});
const WHOLE: ApiReport['calls'] = [
  ['revoke', 45],
  ['revoke', 60],
  ['revoke', 70],
  ['refused', 71],
  ['revoke', 80],
  ['revoke', 90],
];
const series = (name: string, samples: readonly Sample[], late = 0): Series => ({
  contestant: { name, bundle: '', env: {} },
  samples: samples.map((each, round) => ({ ...each, round })),
  late,
});

describe('figures of one sample', () => {
  const one = sample(WHOLE, 5);
  it('are of the whole start, or of one invocation', () => {
    expect([coldMs(one), wallMs(1)(one), cpuPerRecord(1)(one), perSecond(1)(one)]).toEqual([50, 40, 2, 100]);
  });
  it('count the answers of that invocation only', () => {
    expect([timeQuantile(1, 0, 'revoke')(one), timeQuantile(1, 1, 'revoke')(one)]).toEqual([10, 40]);
  });
  it('are no numbers for an invocation that was not', () => expect(wallMs(7)(one)).toBeNaN());
});

describe('failed work', () => {
  it('is what the API was not brought to revoke', () => {
    const half = series('x', [sample(WHOLE, 3)]);
    expect(failedShare(half)).toBeCloseTo(0.4);
    expect(formatFailedShare(half)).toBe('40 %');
  });
  it('is all when no client answered in time', () => {
    expect(failedShare(series('x', [], 2))).toBe(1);
    expect(formatFailedShare(series('x', [], 2))).toBe('100 %, 2 too late');
  });
  it('is shown as none', () => expect(formatFailedShare(series('x', [sample(WHOLE, 5)]))).toBe('–'));
});

describe('ratios between contestants', () => {
  const slow = { ...sample(WHOLE), startedAt: -50 };
  const all = [series('ours', [sample(WHOLE)]), series('ours (twin)', [sample(WHOLE)]), series('peer', [slow])];
  it('are medians of those in each round', () => {
    expect(compareInRounds(all, 'ours', 'peer', coldMs).ratio).toBe(0.5);
    expect(compareWithTwin(all, coldMs)).toBe(1);
  });
  it('do not change where a round is slow for both', () => {
    const took = (ms: number): Sample => ({ ...sample(WHOLE), startedAt: 50 - ms });
    const ours = series('ours', [took(100), took(110), took(300)]);
    const peer = series('peer', [took(200), took(600), took(600)]);
    expect(compareInRounds([ours, peer], 'ours', 'peer', coldMs).ratio).toBe(0.5);
  });
  it('are of the rounds that both ended in time', () => {
    const late = { ...series('peer', [slow]), samples: [{ ...slow, round: 1 }] };
    const ours = series('ours', [sample(WHOLE), { ...sample(WHOLE), startedAt: 25 }]);
    expect(compareInRounds([ours, late], 'ours', 'peer', coldMs).ratio).toBe(0.25);
  });
  it('to one who was not there are no numbers', () => {
    expect(compareInRounds(all, 'ours', 'missing', coldMs).ratio).toBeNaN();
  });
});
