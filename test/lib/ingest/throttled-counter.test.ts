import { expect, it } from 'vitest';
import { createThrottledCounter } from '../../../lib/ingest/throttled-counter.ts';

it('createThrottledCounter reports at once, then once a minute with the count in between, for each kind', () => {
  let now = 0;
  const tally = createThrottledCounter({ now: () => now });
  const at = (ms: number, kind: string) => {
    now = ms;
    return tally.count(kind);
  };
  expect([at(0, 'a'), at(1, 'a'), at(59_999, 'a'), at(59_999, 'b'), at(60_000, 'a'), at(60_001, 'a')]).toEqual([
    1, 0, 0, 1, 3, 0,
  ]);
});
