import { describe, expect, it } from 'vitest';
import { figuresOf } from '../support/limited-api.ts';
import { unload } from './limited.ts';
import { expectServed, LIMIT, SLOWEST } from './serves-limit.ts';

describe('10,000 events before an API that takes 200 calls a second', { timeout: SLOWEST }, () => {
  it.each([1, 20, 100])('and answers in %i ms are served at 0.95 of that or more, in one batch', async (latencyMs) => {
    await expectServed({ limit: { ...LIMIT, latencyMs } });
  });

  it('are so too a hundred at a time', async () => {
    await expectServed({ limit: { ...LIMIT, latencyMs: 100 }, batch: 100, remainingMs: 120_000 });
  });
});

describe('a limit that changes', { timeout: SLOWEST }, () => {
  it('to a quarter is kept to within five seconds', async () => {
    const { api, outside, left } = await unload({
      limit: { ...LIMIT, perSecond: (ms) => (ms < 30_000 ? 200 : 50) },
      events: 8_000,
    });
    expect([left, outside.deadLetters]).toEqual([0, []]);
    expect(figuresOf(api, { fromMs: 35_000, perSecond: 50 }).goodput).toBeGreaterThan(0.93);
    expect(api.refused.length / api.served.length).toBeLessThan(0.05);
  });

  it('to twice as much is found within a minute of the last refusal', async () => {
    const { api, outside, left } = await unload({
      limit: { ...LIMIT, perSecond: (ms) => (ms < 20_000 ? 100 : 200) },
      events: 14_000,
    });
    expect([left, outside.deadLetters]).toEqual([0, []]);
    const lastBefore = api.refused.filter((ms) => ms < 20_000).at(-1) ?? 0;
    expect(figuresOf(api, { fromMs: lastBefore + 61_000, perSecond: 200 }).goodput).toBeGreaterThan(0.93);
    expect(api.refused.length / api.served.length).toBeLessThan(0.05);
  });
});
