/**
 * For any time and effective date, an offboarding runs at once, by a delayed message or by a schedule, and never early.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EVENT_MS, offboarded, SAML_PRINCIPAL } from '../support/event-factory.ts';
import { openWorld } from '../support/memory-world.ts';

const MINUTE_MS = 60_000;
const iso = (ms: number) => new Date(ms).toISOString();

/** Delivers an offboarding that is effective `aheadMs` after a time that is `pastMs` into a minute. */
async function scheduleOffboarding(pastMs: number, aheadMs: number) {
  const world = openWorld();
  world.now = EVENT_MS + pastMs;
  world.store.createKeys(SAML_PRINCIPAL);
  const made: number[] = [];
  const { create } = world.schedules;
  Object.assign(world.schedules, {
    create: (schedule: Parameters<typeof create>[0]) => {
      made.push(schedule.at);
      return create(schedule);
    },
  });
  const effectiveAt = iso(world.now + aheadMs);
  const offboarding = offboarded({ time: iso(world.now), data: { principalName: SAML_PRINCIPAL, effectiveAt } });
  expect(await world.instance().deliver([offboarding])).toEqual([]);
  const delays = world.sent
    .filter(({ body }) => body.includes('user.offboarded'))
    .map(({ delaySeconds }) => delaySeconds);
  const { state, dueAt } = (await world.row(offboarding)).data;
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

describe('an offboarding', () => {
  it.each([
    ['with a past effective date', 0, -86_400_000, NOW],
    ['that is effective now', 0, 0, NOW],
    ['1 ms ahead', 0, 1, delayed(1, EVENT_MS + MINUTE_MS)],
    ['1 minute ahead', 0, MINUTE_MS, delayed(60, EVENT_MS + MINUTE_MS)],
    ['1 ms more than a minute ahead', 0, MINUTE_MS + 1, delayed(61, EVENT_MS + 2 * MINUTE_MS)],
    ['30 s ahead, 30 s into a minute', 30_000, 30_000, delayed(30, EVENT_MS + MINUTE_MS)],
    ['15 minutes ahead', 0, 15 * MINUTE_MS, delayed(900, EVENT_MS + 15 * MINUTE_MS)],
    ['15 minutes ahead, 1 ms into a minute', 1, 15 * MINUTE_MS, delayed(900, EVENT_MS + 16 * MINUTE_MS)],
    ['1 ms more than 15 minutes ahead', 0, 15 * MINUTE_MS + 1, scheduled(EVENT_MS + 16 * MINUTE_MS)],
    ['a day ahead', 0, 86_400_000, scheduled(EVENT_MS + 86_400_000)],
  ])('%s runs at its effective date; a schedule is rounded up to the minute', async (_, pastMs, aheadMs, expected) => {
    expect(await scheduleOffboarding(pastMs, aheadMs)).toEqual(expected);
  });

  it('is never sent early, and not after the minute in which it is due', async () => {
    const ahead = fc.oneof(
      fc.integer({ min: -MINUTE_MS, max: 20 * MINUTE_MS }),
      fc.integer({ min: 0, max: 400 * 86_400_000 }),
    );
    await fc.assert(
      fc.asyncProperty(fc.nat(59_999), ahead, async (pastMs, aheadMs) => {
        const now = EVENT_MS + pastMs;
        const { live, delays, made } = await scheduleOffboarding(pastMs, aheadMs);
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
