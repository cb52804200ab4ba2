import { describe, expect, it } from 'vitest';
import { visibilitySeconds } from '../../../lib/consume/visibility.ts';
import { quickPauseMs, retryAfterSeconds } from '../../../lib/runtime/retry.ts';

const NOW = Date.UTC(2026, 10, 23, 9, 30);

describe('Retry-After', () => {
  it.each<[string | undefined, string | undefined, number | undefined]>([
    [undefined, undefined, undefined],
    ['0', undefined, 0],
    ['5', undefined, 5],
    ['86400', undefined, 900],
    [' 5 ', undefined, undefined],
    ['0x10', undefined, undefined],
    ['1e9', undefined, undefined],
    ['-1', undefined, undefined],
    ['1.5', undefined, undefined],
    ['99999999999', undefined, undefined],
    ['soon', undefined, undefined],
    ['Mon, 23 Nov 2026 09:30:30 GMT', undefined, 30],
    ['Mon, 23 Nov 2026 09:30:30 GMT', 'Mon, 23 Nov 2026 09:30:20 GMT', 10],
    ['Mon, 23 Nov 2026 09:30:30 GMT', 'nonsense', 30],
    ['Mon, 23 Nov 2026 09:29:00 GMT', undefined, 0],
    ['Tue, 24 Nov 2026 09:30:00 GMT', undefined, 900],
    ['2026-11-23T09:30:30Z', undefined, undefined],
    ['at Mon, 23 Nov 2026 09:30:30 GMT', undefined, undefined],
    ['Mon, 23 Nov 2026 09:30:30 GMT (or so)', undefined, undefined],
  ])('%s, date %s: %s s', (header, date, expected) => {
    expect(retryAfterSeconds(header, date, NOW)).toBe(expected);
  });
});

describe('the visibility of what an open breaker kept', () => {
  it.each([
    ['urgent', 1, 0.999, 5],
    ['urgent', 400, 0, 45],
    ['urgent', 400, 0.999, 90],
    ['bulk', 400, 0.999, 870],
  ] as const)('%s, received %i times, %f: %i s', (lane, receiveCount, fraction, expected) => {
    expect(visibilitySeconds(lane, { receiveCount, fraction, circuitOpen: true })).toBe(expected);
  });
});

describe('the visibility of a retry', () => {
  it.each([
    ['urgent', 1, 0, 3],
    ['urgent', 1, 0.999, 5],
    ['urgent', 2, 0, 5],
    ['urgent', 30, 0, 60],
    ['urgent', 400, 0.999, 120],
    ['bulk', 1, 0, 15],
    ['bulk', 5, 0.999, 480],
    ['bulk', 60, 0, 450],
    ['bulk', 60, 0.999, 900],
  ] as const)('%s, receive %i, fraction %f: %i s', (lane, receiveCount, fraction, seconds) => {
    expect(visibilitySeconds(lane, { receiveCount, fraction })).toBe(seconds);
  });
});

describe('the pause before a quick try', () => {
  it.each([
    [1, 0, 50],
    [1, 0.999, 100],
    [2, 0, 200],
    [2, 0.999, 400],
  ])('after try %i at fraction %f: %i ms', (attempt, fraction, ms) => {
    expect(quickPauseMs(attempt, fraction)).toBe(ms);
  });
});
