import { describe, expect, it } from 'vitest';
import { canMeanHolds, namesExactEvents, type ReplayFilter } from '../../../lib/model/replay-filter.ts';

describe('namesExactEvents', () => {
  it.each<[boolean, ReplayFilter]>([
    [true, { messageIds: ['0f0e7c1a'] }],
    [true, { source: '//hr', eventId: '7' }],
    [false, { eventId: '7' }],
    [false, { source: '//hr', reason: 'held-limit', eventType: 'user.offboarded.v1' }],
    [false, {}],
  ])('is %s for %j', (expected, filter) => {
    expect(namesExactEvents(filter)).toBe(expected);
  });
});

it('canMeanHolds: every filter but one for a failure', () => {
  const filters: readonly ReplayFilter[] = [{}, { source: '//hr' }, { reason: 'held-limit' }, { reason: 'crashed' }];
  expect(filters.map(canMeanHolds)).toEqual([true, true, true, false]);
});
