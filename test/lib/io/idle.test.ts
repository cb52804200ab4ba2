import { expect, it } from 'vitest';
import { createIdleWatch, IDLE_MS } from '../../../lib/io/idle.ts';

const NOON = Date.UTC(2026, 10, 23, 12);

it.each([
  ['at once', [0], 0],
  ['when a connection may just still be used', [IDLE_MS], 0],
  ['a moment later', [IDLE_MS + 1], 1],
  ['after a freeze of 400 s', [400_000], 1],
  ['after the clock was set back', [-IDLE_MS - 1], 1],
  ['in steps that are each short enough', [IDLE_MS, 2 * IDLE_MS, 3 * IDLE_MS], 0],
  ['twice after a freeze, as when an exchange from before it ends first', [400_000, 400_001], 1],
  ['after each of two freezes', [400_000, 800_001], 2],
] as const)('createIdleWatch: drops idle connections as due when it is called %s', (_, times, drops) => {
  let now = NOON;
  let dropped = 0;
  const touch = createIdleWatch(
    () => now,
    () => {
      dropped += 1;
    },
  );
  for (const after of times) {
    now = NOON + after;
    touch();
  }
  expect(dropped).toBe(drops);
});
