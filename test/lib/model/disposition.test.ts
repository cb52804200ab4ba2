import { describe, expect, it } from 'vitest';
import {
  type Disposition,
  DONE,
  isExhausted,
  messageDisposition,
  POISON_RECEIVE_COUNT,
  UNSTARTED_VISIBILITY_S,
} from '../../../lib/model/disposition.ts';

const HOUR = 3_600_000;
const settings = { retryHorizonMs: 6 * HOUR };
const dead: Disposition = { kind: 'dead', reason: 'invalid', detail: '' };
const NOT_STARTED: Disposition = { kind: 'retry', code: 'not-started' };
const retry = (retryAfterS?: number): Disposition => ({
  kind: 'retry',
  code: 'throttled',
  ...(retryAfterS === undefined ? {} : { retryAfterS }),
});

describe('messageDisposition', () => {
  it.each<[string, readonly Disposition[], Disposition]>([
    ['returns done if all parts are done', [DONE, DONE], DONE],
    ['returns done if the other parts are dead', [DONE, dead], DONE],
    ['returns retry if any part is retried', [dead, DONE, retry()], retry()],
    ['returns the longest Retry-After', [retry(3), retry(), retry(9)], retry(9)],
    [
      'returns the backoff of the attempted part, also beside a part without a slot',
      [NOT_STARTED, { kind: 'retry', code: 'unavailable' }],
      { kind: 'retry', code: 'unavailable' },
    ],
    ['returns not-started if no part was started', [NOT_STARTED, NOT_STARTED], NOT_STARTED],
    ['returns not-finished if some parts were', [NOT_STARTED, DONE], { kind: 'retry', code: 'not-finished' }],
  ])('%s', (_name, parts, expected) => expect(messageDisposition(parts)).toEqual(expected));
});

describe('isExhausted', () => {
  it.each([
    ['is false before the horizon', 99, 6 * HOUR, false],
    ['is false with too few receipts', 4, 7 * HOUR, false],
    ['is true after both', 5, 6 * HOUR + 1, true],
  ])('%s', (_name, receiveCount, age, expected) => {
    expect(isExhausted({ receiveCount, firstReceived: 1_000 }, 1_000 + age, settings)).toBe(expected);
  });
  it('is false without a first-receive time', () => {
    expect(isExhausted({ receiveCount: 99, firstReceived: Number.POSITIVE_INFINITY }, 1e15, settings)).toBe(false);
  });
});

describe('a message that was not started', () => {
  it('is retried at once on the urgent queue, after 5 s on the bulk queue', () => {
    expect(UNSTARTED_VISIBILITY_S).toEqual({ urgent: 0, bulk: 5 });
  });
  it('is processed last from its 20th receipt on', () => expect(POISON_RECEIVE_COUNT).toBe(20));
});
