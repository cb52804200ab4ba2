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
const retry = (retryAfterS?: number): Disposition => ({
  kind: 'retry',
  code: 'throttled',
  ...(retryAfterS === undefined ? {} : { retryAfterS }),
});

describe('a message', () => {
  it.each<[string, readonly Disposition[], Disposition]>([
    ['is done when all is done', [DONE, DONE], DONE],
    ['is done when the rest is dead', [DONE, dead], DONE],
    ['is retried when anything is', [dead, DONE, retry()], retry()],
    ['is retried after the longest Retry-After', [retry(3), retry(), retry(9)], retry(9)],
    [
      'comes back with the backoff of what was tried, also beside what found no turn',
      [
        { kind: 'retry', code: 'not-started' },
        { kind: 'retry', code: 'unavailable' },
      ],
      { kind: 'retry', code: 'unavailable' },
    ],
  ])('%s', (_name, parts, expected) => expect(messageDisposition(parts)).toEqual(expected));
});

describe('the retry horizon', () => {
  it.each([
    ['too young', 99, 6 * HOUR, false],
    ['too few deliveries', 4, 7 * HOUR, false],
    ['both passed', 5, 6 * HOUR + 1, true],
  ])('%s', (_name, receiveCount, age, expected) => {
    expect(isExhausted({ receiveCount, firstReceived: 1_000 }, 1_000 + age, settings)).toBe(expected);
  });
  it('is not passed while nobody knows when the message came', () => {
    expect(isExhausted({ receiveCount: 99, firstReceived: Number.POSITIVE_INFINITY }, 1e15, settings)).toBe(false);
  });
});

describe('a message that was not started', () => {
  it('comes back at once when it is urgent, after 5 s in bulk', () => {
    expect(UNSTARTED_VISIBILITY_S).toEqual({ urgent: 0, bulk: 5 });
  });
  it('waits for the others from its 20th delivery on', () => expect(POISON_RECEIVE_COUNT).toBe(20));
});
