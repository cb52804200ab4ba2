import { describe, expect, it } from 'vitest';
import { LATEST_S, outage } from './outage.ts';

describe('an hour without the API', () => {
  it.each([
    // Each delivery costs a read of the owner, and up to three tries where a moment may help.
    ['down', 6_000],
    ['too-many', 4_500],
    ['refused', 1_500],
    ['token-expired', 1_000],
  ] as const)(
    '%s: no dead letter, and all is well within one backoff after it',
    { timeout: 60_000 },
    async (kind, mostCalls) => {
      const { deadLetters, alive, urgentS, bulkS, calls, violations } = await outage(kind);
      expect({ deadLetters, alive, violations }).toEqual({ deadLetters: 0, alive: 0, violations: [] });
      expect(urgentS).toBeGreaterThan(0);
      expect(urgentS).toBeLessThan(LATEST_S.urgent);
      expect(bulkS).toBeLessThan(LATEST_S.bulk);
      expect(calls).toBeLessThan(mostCalls);
    },
  );

  it.each(['unavailable', 'throttled'] as const)(
    '%s for longer when the API asks for it: up to 900 s',
    { timeout: 60_000 },
    async (kind) => {
      const { deadLetters, alive, urgentS, bulkS, violations } = await outage(kind);
      expect({ deadLetters, alive, violations }).toEqual({ deadLetters: 0, alive: 0, violations: [] });
      expect(Math.max(urgentS, bulkS)).toBeLessThan(LATEST_S.asked);
    },
  );
});
