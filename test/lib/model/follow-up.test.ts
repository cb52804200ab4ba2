import { expect, it } from 'vitest';
import { secondsUntilDue } from '../../../lib/model/follow-up.ts';

it.each([
  [1, 0, 60],
  [2, 0, 300],
  [3, 0, 900],
  [1, 54_000, 6],
  [1, 54_001, 6],
  [1, 55_000, 0],
  [1, 60_000, 0],
  [3, 900_000_000, 0],
  [2, -86_400_000, 300],
] as const)('secondsUntilDue of check %i, %i ms after it was sent, is %i', (generation, ms, seconds) => {
  expect(secondsUntilDue(generation, 1_000_000, 1_000_000 + ms)).toBe(seconds);
});
