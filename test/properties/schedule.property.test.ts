/**
 * For any moment and any day of leaving: a leaver goes now, by a delayed message, or by a schedule, and never early.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EVENT_MS, offboarded, SAML_PRINCIPAL } from '../support/event-factory.ts';
import { openWorld } from '../support/guarded-world.ts';

const MINUTE_MS = 60_000;
const iso = (ms: number) => new Date(ms).toISOString();

/** How a leaver went whose day is `aheadMs` from a moment that is `pastMs` into a minute. */
async function postponed(pastMs: number, aheadMs: number) {
  const world = openWorld();
  world.now = EVENT_MS + pastMs;
  world.store.mint(SAML_PRINCIPAL);
  const made: number[] = [];
  const { create } = world.schedules;
  Object.assign(world.schedules, {
    create: (schedule: Parameters<typeof create>[0]) => {
      made.push(schedule.at);
      return create(schedule);
    },
  });
  const effectiveAt = iso(world.now + aheadMs);
  const leaver = offboarded({ time: iso(world.now), data: { principalName: SAML_PRINCIPAL, effectiveAt } });
  expect(await world.instance().deliver([leaver])).toEqual([]);
  const delays = world.sent
    .filter(({ body }) => body.includes('user.offboarded'))
    .map(({ delaySeconds }) => delaySeconds);
  const { state, dueAt } = (await world.row(leaver)).data;
  return { live: world.store.liveKeys(SAML_PRINCIPAL).length, delays, made, state, dueAt };
}
const NOW = { live: 0, delays: [], made: [], state: 'done', dueAt: undefined };
const delayed = (seconds: number, dueAt: number) => ({
  live: 1,
  delays: [seconds],
  made: [],
  state: 'scheduled',
  dueAt,
});
const scheduled = (dueAt: number) => ({ live: 1, delays: [], made: [dueAt], state: 'scheduled', dueAt });

describe('a leaver', () => {
  it.each([
    ['whose day is past', 0, -86_400_000, NOW],
    ['of this very moment', 0, 0, NOW],
    ['of a moment ahead', 0, 1, delayed(1, EVENT_MS + MINUTE_MS)],
    ['of a minute ahead', 0, MINUTE_MS, delayed(60, EVENT_MS + MINUTE_MS)],
    ['of a moment over a minute', 0, MINUTE_MS + 1, delayed(61, EVENT_MS + 2 * MINUTE_MS)],
    ['of half a minute ahead, half a minute into one', 30_000, 30_000, delayed(30, EVENT_MS + MINUTE_MS)],
    ['of 15 minutes ahead', 0, 15 * MINUTE_MS, delayed(900, EVENT_MS + 15 * MINUTE_MS)],
    ['of 15 minutes ahead, a moment into one', 1, 15 * MINUTE_MS, delayed(900, EVENT_MS + 16 * MINUTE_MS)],
    ['of a moment over 15 minutes', 0, 15 * MINUTE_MS + 1, scheduled(EVENT_MS + 16 * MINUTE_MS)],
    ['of a day ahead', 0, 86_400_000, scheduled(EVENT_MS + 86_400_000)],
  ])('%s goes when the day says; a schedule is rounded up to the minute', async (_, pastMs, aheadMs, expected) => {
    expect(await postponed(pastMs, aheadMs)).toEqual(expected);
  });

  it('is never sent early, nor after the minute of its due time, however far away that is', async () => {
    const ahead = fc.oneof(
      fc.integer({ min: -MINUTE_MS, max: 20 * MINUTE_MS }),
      fc.integer({ min: 0, max: 400 * 86_400_000 }),
    );
    await fc.assert(
      fc.asyncProperty(fc.nat(59_999), ahead, async (pastMs, aheadMs) => {
        const now = EVENT_MS + pastMs;
        const { live, delays, made } = await postponed(pastMs, aheadMs);
        const goes = live === 0 ? now : (made[0] ?? now + (delays[0] ?? Number.NaN) * 1_000);
        const day = now + aheadMs;
        expect(goes).toBeGreaterThanOrEqual(day);
        expect(goes).toBeLessThan(Math.max(now, day) + MINUTE_MS + 1_000);
        expect(delays.every((seconds) => Number.isInteger(seconds) && seconds > 0 && seconds <= 900)).toBe(true);
        expect(made.every((at) => at % MINUTE_MS === 0 && at > now + 15 * MINUTE_MS)).toBe(true);
        expect(live === 0).toBe(day <= now);
      }),
      { numRuns: 150, seed: 20261123 },
    );
  });
});
