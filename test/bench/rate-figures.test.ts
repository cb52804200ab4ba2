import { describe, expect, it } from 'vitest';
import { type ApiReport, createBucket } from '../../bench/api.ts';
import { toRateFigures } from '../../bench/rate-figures.ts';

const RATE = { perSecond: 200, burst: 50 };
type Calls = ApiReport['calls'];

/** Calls of a kind at an even pace, `perSecond` from `from` to `to` (seconds). */
const steady = (
  kind: Calls[number][0],
  { from, to, perSecond }: Readonly<Record<'from' | 'to' | 'perSecond', number>>,
): Calls =>
  Array.from({ length: Math.round((to - from) * perSecond) }, (_, n) => [kind, from * 1_000 + (n * 1_000) / perSecond]);
const together = (...parts: readonly Calls[]): Calls => parts.flat().toSorted((a, b) => a[1] - b[1]);

describe('the figures of a limited run', () => {
  it('count what went through from the tenth second on', () => {
    const calls = together(
      steady('revoke', { from: 0, to: 10, perSecond: 50 }),
      steady('revoke', { from: 10, to: 20, perSecond: 190 }),
    );
    const { goodput, seconds, rejected, rejectedShare } = toRateFigures(calls, RATE);
    expect(goodput).toBeCloseTo(0.95, 2);
    expect(seconds).toBeCloseTo(20, 1);
    expect({ rejected, rejectedShare }).toEqual({ rejected: 0, rejectedShare: 0 });
  });

  it('leave the refusals before the end of the first pause out of the share', () => {
    const calls = together(
      steady('revoke', { from: 0, to: 20, perSecond: 100 }),
      steady('refused', { from: 2, to: 2.9, perSecond: 1_000 }),
      steady('refused', { from: 10, to: 11, perSecond: 100 }),
    );
    const { rejected, rejectedShare } = toRateFigures(calls, RATE);
    expect(rejected).toBe(1_000);
    expect(rejectedShare).toBeCloseTo(100 / 1_800, 3);
  });

  it('end with the last call that went through', () => {
    const calls = together(
      steady('read', { from: 0, to: 12, perSecond: 200 }),
      steady('refused', { from: 12, to: 30, perSecond: 10 }),
    );
    expect(toRateFigures(calls, RATE)).toMatchObject({ seconds: expect.closeTo(12, 1), goodput: expect.closeTo(1, 2) });
  });

  it('say no goodput for a run that was over too soon', () => {
    expect(toRateFigures(steady('revoke', { from: 0, to: 5, perSecond: 200 }), RATE).goodput).toBeNaN();
  });
});

describe('the limit of the API', () => {
  it('lets a burst through, then its rate, then a burst again after a rest', () => {
    const lets = createBucket({ perSecond: 10, burst: 3 }, 0);
    const at = (...times: readonly number[]) => times.map((time) => lets(time));
    expect(at(0, 0, 0, 0)).toEqual([true, true, true, false]);
    expect(at(99, 100, 101, 200)).toEqual([false, true, false, true]);
    expect(at(10_000, 10_000, 10_000, 10_000)).toEqual([true, true, true, false]);
  });
});
