import { expect, it } from 'vitest';
import { tokenDaysLeft } from '../../../lib/model/token-expiry.ts';

const DAY_MS = 86_400_000;
const STORED = Date.UTC(2026, 10, 1);

it.each([
  [0, 30],
  [1, 29],
  [DAY_MS, 29],
  [30 * DAY_MS, 0],
  [30 * DAY_MS + 1, -1],
  [31 * DAY_MS + 1, -2],
])('%i ms after it was stored a token of 30 days has %i whole days left', (later, days) => {
  expect(tokenDaysLeft(STORED, 30 * DAY_MS, STORED + later)).toBe(days);
});
