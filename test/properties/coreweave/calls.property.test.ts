/** Trouble with the API, for any order of it: how long to wait, and when to stop calling. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { visibilitySeconds } from '../../../lib/consume/visibility.ts';
import { allowCall, type CircuitBreaker, CLOSED, recordResult } from '../../../lib/coreweave/circuit-breaker.ts';
import { quickPauseMs, retryAfterSeconds } from '../../../lib/runtime/retry.ts';
import { EVENT_MS } from '../../support/event-factory.ts';

const run = <Values extends [unknown, ...unknown[]]>(property: fc.IProperty<Values>) =>
  fc.assert(property, { numRuns: 1_000, seed: 20261123 });

const fractions = fc.oneof(
  fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
  fc.constantFrom(0, 0.5, 1 - Number.EPSILON),
);

const lanes = fc.constantFrom('urgent' as const, 'bulk' as const);
const receives = fc.oneof(fc.integer({ min: 1, max: 12 }), fc.integer({ min: 13, max: 1_000_000 }));

/** Doubled from the base, once for each delivery before, up to the cap. */
function fullWait(lane: 'urgent' | 'bulk', receiveCount: number): number {
  const [base, cap] = lane === 'urgent' ? [5, 120] : [30, 900];
  let wait = base;
  for (let n = 1; n < receiveCount && wait < cap; n += 1) wait += wait;
  return Math.min(wait, cap);
}

describe('the visibility of a retry', () => {
  it('is between half and all of what its lane and its deliveries ask, in whole seconds, never under Retry-After', () =>
    run(
      fc.property(
        lanes,
        receives,
        fractions,
        fc.option(fc.nat(900), { nil: 0 }),
        (lane, receiveCount, fraction, retryAfterS) => {
          const full = fullWait(lane, receiveCount);
          const seconds = visibilitySeconds(lane, { receiveCount, fraction, retryAfterS });
          expect(Number.isInteger(seconds)).toBe(true);
          expect(seconds).toBeGreaterThanOrEqual(Math.max(full / 2, retryAfterS));
          expect(seconds).toBeLessThanOrEqual(Math.max(full, retryAfterS));
          expect(seconds).toBe(Math.max(visibilitySeconds(lane, { receiveCount, fraction }), retryAfterS));
        },
      ),
    ));

  it('uses all of that room, and grows with the deliveries and the fraction', () =>
    run(
      fc.property(lanes, receives, fractions, fractions, (lane, receiveCount, one, other) => {
        const at = (fraction: number, count = receiveCount) =>
          visibilitySeconds(lane, { receiveCount: count, fraction });
        expect(at(0)).toBe(Math.ceil(fullWait(lane, receiveCount) / 2));
        expect(at(1 - Number.EPSILON)).toBe(fullWait(lane, receiveCount));
        expect(at(Math.min(one, other))).toBeLessThanOrEqual(at(Math.max(one, other)));
        expect(at(one)).toBeLessThanOrEqual(at(one, receiveCount + 1));
      }),
    ));

  it('of a quick try is 50 to 100 ms, four times that after each', () =>
    run(
      fc.property(fc.integer({ min: 1, max: 3 }), fractions, (attempt, fraction) => {
        const most = [100, 400, 1_600][attempt - 1] ?? 0;
        const pause = quickPauseMs(attempt, fraction);
        expect(pause).toBe(Math.ceil(most / 2 + (most / 2) * fraction));
        expect(pause >= most / 2 && pause <= most).toBe(true);
      }),
    ));
});

describe('Retry-After', () => {
  const dates = fc.integer({ min: -2_000, max: 2_000 }).map((s) => EVENT_MS + s * 1_000);
  it('in seconds is taken up to 900', () =>
    run(
      fc.property(fc.nat(3_000), (seconds) => {
        expect(retryAfterSeconds(String(seconds), undefined, EVENT_MS)).toBe(Math.min(seconds, 900));
      }),
    ));

  it('as a date counts from the date of the answer, or from now, 0 to 900, rounded up', () =>
    run(
      fc.property(dates, fc.option(dates, { nil: undefined }), fc.nat(999), (at, answered, ms) => {
        const header = new Date(at).toUTCString();
        const date = answered === undefined ? undefined : new Date(answered).toUTCString();
        const waitMs = at - (answered ?? EVENT_MS + ms);
        const expected = Math.min(900, Math.max(0, Math.ceil(waitMs / 1_000)));
        expect(retryAfterSeconds(header, date, EVENT_MS + ms)).toBe(expected + 0);
      }),
    ));

  it('is none or a whole number from 0 to 900, whatever the header says', () => {
    const headers = fc.oneof(
      fc.string(),
      fc.stringMatching(/^[\d ,.:+-]{0,12}$/),
      fc.stringMatching(/^(Mon|Fri|Xyz), \d\d (Feb|Nov|Foo) \d{4} \d\d:\d\d:\d\d (GMT|UTC)$/),
    );
    run(
      fc.property(headers, fc.option(headers, { nil: undefined }), (header, date) => {
        const seconds = retryAfterSeconds(header, date, EVENT_MS);
        if (seconds === undefined) return;
        expect(Number.isInteger(seconds) && seconds >= 0 && seconds <= 900).toBe(true);
        expect(header).toMatch(/^\d{1,10}$|^[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT$/);
      }),
    );
  });
});

describe('the breaker', () => {
  const targets = fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f');
  it('opens with the fifth of different targets in a row, and not before', () =>
    run(
      fc.property(
        fc.array(fc.record({ target: targets, systemic: fc.boolean() }), { maxLength: 30, size: 'max' }),
        (seen) => {
          let breaker: CircuitBreaker = CLOSED;
          let row: string[] = [];
          for (const observed of seen) {
            row = observed.systemic ? [...row, observed.target] : [];
            breaker = recordResult(breaker, observed, EVENT_MS);
            const opens = new Set(row).size >= 5;
            expect(breaker.state).toBe(opens ? 'open' : 'closed');
            expect(allowCall(breaker, EVENT_MS).allowed).toBe(!opens);
          }
        },
      ),
    ));

  const step = fc.oneof(
    { weight: 4, arbitrary: fc.record({ does: fc.constant('ask' as const) }) },
    { weight: 2, arbitrary: fc.record({ does: fc.constant('fails' as const), target: targets }) },
    {
      weight: 4,
      arbitrary: fc.record({
        does: fc.constant('wait' as const),
        ms: fc.constantFrom(1, 9_999, 15_000, 29_999, 30_000),
      }),
    },
  );
  it('once open lets one probe through in 30 s, and never none, however many ask and fail meanwhile', () =>
    run(
      fc.property(fc.array(step, { maxLength: 60, size: 'max' }), (steps) => {
        let now = EVENT_MS;
        let breaker: CircuitBreaker = CLOSED;
        for (const target of ['a', 'b', 'c', 'd', 'e'])
          breaker = recordResult(breaker, { target, systemic: true }, now);
        // The last moment at which it opened, or let a probe through: 30 s from then on are the pause.
        let paused = now;
        for (const each of steps) {
          if (each.does === 'wait') now += each.ms;
          else if (each.does === 'fails') {
            breaker = recordResult(breaker, { target: each.target, systemic: true }, now);
            paused = now;
          } else {
            const asked = allowCall(breaker, now);
            expect(asked.allowed).toBe(now - paused >= 30_000);
            if (asked.allowed) paused = now;
            breaker = asked.breaker;
          }
          expect(breaker.state).not.toBe('closed');
        }
        const closed = recordResult(breaker, { target: 'x', systemic: false }, now);
        expect([closed, allowCall(closed, now).allowed]).toEqual([{ state: 'closed', failing: new Set() }, true]);
      }),
    ));
});
