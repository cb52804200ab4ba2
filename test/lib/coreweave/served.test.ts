import { describe, expect, it } from 'vitest';
import { addServed, bestRate, NOTHING_SERVED, type ServedCalls, servedMs } from '../../../lib/coreweave/rate.ts';

/** What was served when an answer came at each of these moments. */
const servedAt = (moments: readonly number[]): ServedCalls => moments.reduce(addServed, NOTHING_SERVED);
/** `count` answers, one every `stepMs`, the first at `from`. */
const evenly = (count: number, stepMs: number, from = 0): readonly number[] =>
  Array.from({ length: count }, (_, n) => from + n * stepMs);

describe('what was served in a row', () => {
  it('is counted, with moments 25 ms apart or more', () => {
    expect(servedAt([100, 110, 124, 125, 130, 150])).toEqual({
      count: 6,
      samples: [
        { at: 100, before: 0 },
        { at: 125, before: 3 },
        { at: 150, before: 5 },
      ],
    });
  });

  it('keeps 64 moments at most, from its first to its last: of more, every other one', () => {
    expect(servedAt(evenly(64, 25)).samples).toHaveLength(64);
    const { count, samples } = servedAt(evenly(65, 25));
    expect([count, samples.length, samples[0], samples[1], samples.at(-2), samples.at(-1)]).toEqual([
      ...[65, 33, { at: 0, before: 0 }, { at: 50, before: 2 }],
      ...[
        { at: 1_550, before: 62 },
        { at: 1_600, before: 64 },
      ],
    ]);
  });

  it('lasts from the first answer on, and nothing lasts no time', () => {
    expect([servedMs(servedAt([100, 200]), 350), servedMs(NOTHING_SERVED, 350)]).toEqual([250, 0]);
  });
});

describe('the best stretch', () => {
  const terms = { burst: { count: 0, ms: 0 }, leastMs: 300 };

  it('is the fastest that lasted long enough, in calls a second', () => {
    const slowThenFast = [...evenly(10, 100), ...evenly(100, 10, 1_000)];
    expect(bestRate(servedAt(slowThenFast), 2_000, terms)).toBe(100);
    expect(bestRate(servedAt(slowThenFast), 2_000, { ...terms, leastMs: 2_000 })).toBe(55);
  });

  it('is without the burst: its calls and its time are taken off', () => {
    const served = servedAt(evenly(200, 5));
    expect(bestRate(served, 1_000, { ...terms, leastMs: 1_000 })).toBe(200);
    expect(bestRate(served, 1_000, { burst: { count: 50, ms: 0 }, leastMs: 1_000 })).toBe(150);
    expect(bestRate(served, 1_000, { burst: { count: 50, ms: 250 }, leastMs: 750 })).toBe(200);
  });

  it('is none when nothing lasted long enough', () => {
    const served = servedAt([0, 1, 2]);
    expect(bestRate(served, 300, terms)).toBe(10);
    expect(bestRate(served, 299, terms)).toBeUndefined();
    expect(bestRate(served, 309, { burst: { count: 0, ms: 10 }, leastMs: 300 })).toBeUndefined();
    expect(bestRate(NOTHING_SERVED, 5_000, terms)).toBeUndefined();
  });
});
