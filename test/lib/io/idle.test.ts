import { expect, it } from 'vitest';
import { createIdleWatch, IDLE_MS } from '../../../lib/io/idle.ts';

const NOON = Date.UTC(2026, 10, 23, 12);

it.each([
  ['begins the moment after the last one ended', [['end', 0]], 1, 0],
  ['begins when a connection may just still be used', [['end', 0]], IDLE_MS, 0],
  ['begins a moment later', [['end', 0]], IDLE_MS + 1, 1],
  ['begins after a freeze of 400 s', [['end', 0]], 400_000, 1],
  ['begins after the clock was set back', [['end', 0]], -IDLE_MS - 1, 1],
  [
    'begins beside a slow one that began long ago and has not ended',
    [
      ['end', 0],
      ['begin', 10],
    ],
    IDLE_MS + 11,
    1,
  ],
  [
    'begins after a slow one',
    [
      ['begin', 0],
      ['end', 60_000],
    ],
    60_001,
    0,
  ],
] as const)('createIdleWatch: idle connections are dropped as due when an exchange %s', (_, before, at, drops) => {
  let now = NOON;
  let dropped = 0;
  const watch = createIdleWatch(
    () => now,
    () => {
      dropped += 1;
    },
  );
  for (const [step, after] of before) {
    now = NOON + after;
    watch[step]();
  }
  expect(dropped).toBe(0);
  now = NOON + at;
  watch.begin();
  expect(dropped).toBe(drops);
  watch.begin();
  expect(dropped).toBe(drops);
});
