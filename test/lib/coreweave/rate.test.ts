import { describe, expect, it } from 'vitest';
import {
  FORGET_MS,
  isLimited,
  isThrottledButServing,
  MAX_STOP_MS,
  MEASURED_DOUBLING_MS,
  type Rate,
  rateAt,
  recordServed,
  recordThrottled,
  reserveSlot,
  SEARCH_DOUBLING_MS,
  SEARCH_START_RATE,
  takeSlot,
  UNLIMITED,
} from '../../../lib/coreweave/rate.ts';

const T = 1_000_000;

/** So many answers to calls of the rate's run, evenly in `ms` up to and with `until`. */
function servedEvenly(rate: Rate, count: number, { until, ms }: { readonly until: number; readonly ms: number }): Rate {
  let now = rate;
  for (let n = 1; n <= count; n += 1) now = recordServed(now, rate.run, until - ms + (n * ms) / count);
  return now;
}

const refusal = (rate: Rate, now: number, retryAfterMs = 0): Rate =>
  recordThrottled(rate, rate.run, { now, retryAfterMs });

/** A rate that has met a limit of 200 a second with a burst of 50 at T, and searches on from T + 1,000. */
const searching = refusal(servedEvenly(UNLIMITED, 50, { until: T, ms: 0 }), T, 1_000);
/** It has then served 1,050 in 5 s: a limit of 200, and its burst. */
const knowing = refusal(servedEvenly(searching, 1_050, { until: T + 6_000, ms: 5_000 }), T + 6_000, 1_000);

describe('before the first refusal', () => {
  it('there is no pace, whatever was served', () => {
    const rate = servedEvenly(UNLIMITED, 1_000, { until: T, ms: 900 });
    expect([isLimited(UNLIMITED, T), isLimited(rate, T), isThrottledButServing(rate, T)]).toEqual([
      false,
      false,
      false,
    ]);
    expect(takeSlot(rate, T)).toBe(rate);
  });

  it('no more than a second is remembered of what was served', () => {
    const rate = recordServed(recordServed(UNLIMITED, 0, T), 0, T + 1_000);
    expect(rate.served.count).toBe(2);
    expect(recordServed(rate, 0, T + 1_001).served).toEqual({ count: 1, samples: [{ at: T + 1_001, before: 0 }] });
  });

  it('retries a returned message at once', () => {
    expect(reserveSlot(UNLIMITED, T)).toEqual({ at: T, rate: UNLIMITED });
  });
});

describe('the first refusal', () => {
  it('begins a search, and keeps what the burst was', () => {
    const rate = refusal(servedEvenly(UNLIMITED, 60, { until: T, ms: 60 }), T + 40);
    expect(rate).toEqual({
      ...UNLIMITED,
      run: 1,
      base: SEARCH_START_RATE,
      since: T + 40,
      dueAt: T + 40 + 1_000 / SEARCH_START_RATE,
      servedAt: T,
      refusedAt: T + 40,
      burst: { count: 60, ms: 99 },
    });
    expect([isLimited(rate, T + 40), isThrottledButServing(rate, T + 40)]).toEqual([true, true]);
  });

  it('of the very first call leaves no burst, and no word that the API serves', () => {
    const rate = refusal(UNLIMITED, T);
    expect([rate.burst, isLimited(rate, T), isThrottledButServing(rate, T)]).toEqual([
      { count: 0, ms: 0 },
      true,
      false,
    ]);
  });
});

describe('a Retry-After', () => {
  it('stops the whole instance, for half a minute at most', () => {
    expect(refusal(UNLIMITED, T, 1_000)).toMatchObject({ since: T + 1_000, dueAt: T + 1_000 });
    expect(refusal(UNLIMITED, T, MAX_STOP_MS + 1)).toMatchObject({ since: T + 30_000, dueAt: T + 30_000 });
  });

  it('shorter than what the pace leaves between two calls changes nothing', () => {
    expect(refusal(UNLIMITED, T, 10)).toMatchObject({ since: T + 10, dueAt: T + 50 });
  });

  it('of calls that were under way can only make the stop longer, and ends no run', () => {
    const late = { now: T + 100, retryAfterMs: 1_000 };
    expect(recordThrottled(searching, 0, late)).toEqual({
      ...searching,
      since: T + 1_100,
      dueAt: T + 1_100,
      refusedAt: T + 100,
    });
    expect(recordThrottled(searching, 0, { ...late, retryAfterMs: 0 })).toEqual({ ...searching, refusedAt: T + 100 });
    const begun = takeSlot(searching, T + 1_000);
    expect(recordThrottled(begun, 0, { now: T + 1_010, retryAfterMs: 0 }).dueAt).toBe(T + 1_050);
  });
});

describe('a refusal of a run that is forgotten', () => {
  it('stops the instance as it asks, and sets no pace', () => {
    const rate = recordThrottled(UNLIMITED, 3, { now: T, retryAfterMs: 1_000 });
    expect([isLimited(rate, T), rate.dueAt, rate.run]).toEqual([true, T + 1_000, 0]);
    expect(takeSlot(rate, T + 1_000).dueAt).toBe(T + 1_000);
    expect(takeSlot(rate, T + 1_200).dueAt).toBe(T + 1_180);
  });
});

describe('the pace', () => {
  it('of a search doubles every half second', () => {
    expect([500, 1_000, 1_500, 2_000, 3_000].map((ms) => rateAt(searching, T + ms))).toEqual([20, 20, 40, 80, 320]);
    expect(SEARCH_DOUBLING_MS).toBe(500);
  });

  it('of a known limit hardly grows at first, and doubles in a minute', () => {
    const rate = { ...knowing, base: 100, since: T };
    expect([0, MEASURED_DOUBLING_MS / 4, MEASURED_DOUBLING_MS].map((ms) => Math.round(rateAt(rate, T + ms)))).toEqual([
      100, 101, 200,
    ]);
    expect(MEASURED_DOUBLING_MS).toBe(60_000);
  });

  it('leaves as much between two turns as it says', () => {
    expect(takeSlot(searching, T + 1_000).dueAt).toBe(T + 1_050);
    expect(takeSlot(takeSlot(searching, T + 1_000), T + 1_050).dueAt).toBe(
      T + 1_050 + 1_000 / rateAt(searching, T + 1_050),
    );
  });

  it('uses late slots later, up to half of the burst of the API and at least 20 ms', () => {
    const rate = { ...knowing, base: 200, since: T, dueAt: T, servedAt: T + 100 };
    expect(takeSlot({ ...rate, burst: { count: 50, ms: 0 } }, T + 100).dueAt).toBeCloseTo(T + 5, 2);
    expect(takeSlot({ ...rate, burst: { count: 50, ms: 0 } }, T + 200).dueAt).toBeCloseTo(T + 75 + 5, 2);
    expect(takeSlot({ ...rate, burst: { count: 50, ms: 100 } }, T + 200).dueAt).toBeCloseTo(T + 125 + 5, 2);
    expect(takeSlot({ ...rate, burst: { count: 1, ms: 0 } }, T + 200).dueAt).toBeCloseTo(T + 180 + 5, 2);
  });

  it('is forgotten ten minutes after the last refusal', () => {
    const last = knowing.refusedAt + FORGET_MS;
    expect([isLimited(knowing, last - 1), isLimited(knowing, last)]).toEqual([true, false]);
    expect([takeSlot(knowing, last - 1).run, takeSlot(knowing, last)]).toEqual([2, UNLIMITED]);
    expect(reserveSlot(knowing, last)).toEqual({ at: last, rate: knowing });
  });

  it('is one at which the API serves as long as it has done so in the last ten minutes', () => {
    const rate = { ...knowing, refusedAt: T + 9 * FORGET_MS, servedAt: T + 8.5 * FORGET_MS };
    expect([
      isThrottledButServing(rate, T + 9.5 * FORGET_MS - 1),
      isThrottledButServing(rate, T + 9.5 * FORGET_MS),
    ]).toEqual([true, false]);
    expect(isThrottledButServing({ ...rate, servedAt: T + 10 * FORGET_MS }, T + 10 * FORGET_MS)).toBe(false);
  });
});

describe('what a run served', () => {
  it('is what answers to its own calls say', () => {
    expect(recordServed(searching, 1, T + 5)).toMatchObject({ servedAt: T + 5, served: { count: 1 } });
    expect(recordServed(searching, 0, T + 5)).toEqual({ ...searching, servedAt: T + 5 });
  });

  it('goes on over turns that are taken in time, and counts anew when nothing was asked for a while', () => {
    const rate = { ...servedEvenly(searching, 10, { until: T + 2_000, ms: 100 }), dueAt: T + 2_000 };
    expect(takeSlot(rate, T + 2_250).served.count).toBe(10);
    expect(takeSlot(rate, T + 2_251).served.count).toBe(0);
    expect(takeSlot({ ...rate, dueAt: T + 3_000 }, T + 3_100).served.count).toBe(10);
    expect(takeSlot(recordServed(rate, 1, T + 2_900), T + 3_100).served.count).toBe(11);
  });

  it('beyond the burst is the limit, once it lasted 0.3 s: the next run begins just under it', () => {
    expect(knowing).toMatchObject({ run: 2, measured: true, since: T + 7_000, dueAt: T + 7_000, refusedAt: T + 6_000 });
    expect(knowing.base).toBeGreaterThan(0.99 * 199);
    expect(knowing.base).toBeLessThan(0.99 * 201);
    expect(knowing.served).toEqual({ count: 0, samples: [] });
  });

  it('since the last refusal was never more than the limit: the next run begins no lower', () => {
    // 40 in 8 s with nothing saved up, by a limiter of 5 a second: less than the burst.
    const rate = refusal(servedEvenly(searching, 40, { until: T + 8_000, ms: 7_000 }), T + 8_000);
    expect([rate.measured, rate.base]).toEqual([true, 0.99 * 5]);
  });

  it('above a pace that was refused is luck: the next begins lower than that', () => {
    const rate = { ...knowing, base: 100 };
    const next = refusal(servedEvenly(rate, 700, { until: T + 8_000, ms: 1_000 }), T + 8_000);
    expect(next.measured).toBe(true);
    expect(next.base).toBeCloseTo(0.99 * 350, 6);
    const longer = refusal(servedEvenly(rate, 2_000, { until: T + 27_000, ms: 10_000 }), T + 27_000);
    expect(longer.base).toBeCloseTo(0.95 * rateAt(rate, T + 27_000), 6);
  });

  it('in too short a run leaves what a longer one told, if that was well exceeded', () => {
    const rate = servedEvenly({ ...knowing, base: 200 }, 60, { until: T + 67_000, ms: 100 });
    expect(refusal(rate, T + 67_000)).toMatchObject({ measured: true, base: 200 });
  });

  it('in too short a run at about the known pace makes a new search, from what is sure', () => {
    const rate = servedEvenly({ ...knowing, base: 200 }, 60, { until: T + 7_200, ms: 100 });
    const next = refusal(rate, T + 7_200);
    expect([next.measured, next.base]).toEqual([false, (0.99 * 60_000) / 1_200]);
  });

  it('of nothing halves where the run began, down to one call a second', () => {
    const bases = [refusal(UNLIMITED, T)];
    for (let n = 0; n < 6; n += 1) bases.push(refusal(bases.at(-1) ?? UNLIMITED, T + n));
    expect(bases.map(({ base }) => base)).toEqual([20, 10, 5, 2.5, 1.25, 1, 1]);
    expect(bases.map(({ measured }) => measured)).toEqual(Array(7).fill(false));
  });

  it('of little makes no run begin with less than one call a second', () => {
    const rate = refusal(servedEvenly(searching, 4, { until: T + 9_000, ms: 8_000 }), T + 9_000);
    expect([rate.measured, rate.base]).toEqual([true, 1]);
  });

  it('in the very moment of the last refusal is no more than it was', () => {
    const rate = refusal(refusal(UNLIMITED, T), T);
    expect(refusal(recordServed(rate, rate.run, T), T).base).toBe(990);
  });
});

describe('messages returned without a slot', () => {
  it('are promised one after another, at the pace of their time', () => {
    const times: number[] = [];
    let rate = searching;
    for (let n = 0; n < 60; n += 1) {
      const promised = reserveSlot(rate, T + 200);
      times.push(promised.at - T);
      rate = promised.rate;
    }
    expect(times.slice(0, 2)).toEqual([1_000, 1_050]);
    expect(times[2]).toBeCloseTo(1_050 + 1_000 / rateAt(searching, T + 1_050), 6);
    // 20 a second that double every half second: 60 are served in 1.2 s.
    expect(times.at(-1)).toBeGreaterThan(2_100);
    expect(times.at(-1)).toBeLessThan(2_300);
  });

  it('later find a promise no earlier than now', () => {
    const { rate } = reserveSlot(searching, T);
    expect(reserveSlot(rate, T + 5_000).at).toBe(T + 5_000);
  });
});
