import { describe, expect, it } from 'vitest';
import { answer } from '../support/api-answers.ts';
import { figuresOf, type Limit } from '../support/limited-api.ts';
import { type Load, unload } from './limited.ts';

/** In virtual time: what it costs here is processor alone. */
const SLOWEST = 120_000;
const LIMIT: Limit = { perSecond: () => 200, burst: 50, latencyMs: 20 };

interface Expected {
  /** The limit, in calls a second. */
  readonly perSecond: number;
  readonly goodput: number;
  readonly refusedShare: number;
  readonly mostReceives: number;
}
const GOAL: Expected = { perSecond: 200, goodput: 0.95, refusedShare: 0.05, mostReceives: 2 };

/** From the tenth second to the end the goodput is so near the limit, and nothing is lost, held up or dead-lettered. */
async function holds(load: Partial<Load> & { readonly limit: Limit }, expected: Partial<Expected> = {}): Promise<void> {
  const { perSecond, goodput, refusedShare, mostReceives } = { ...GOAL, ...expected };
  const { api, outside, ...seen } = await unload({ events: 10_000, ...load });
  expect([seen.left, outside.letters]).toEqual([0, []]);
  expect(outside.log.filter(({ level }) => level === 'error')).toEqual([]);
  const figures = figuresOf(api, { fromMs: 10_000, perSecond });
  expect(figures.goodput).toBeGreaterThan(goodput);
  expect(figures.refusedShare).toBeLessThan(refusedShare);
  expect(seen.mostReceives).toBeLessThanOrEqual(mostReceives);
  expect(outside.api.peak()).toBeLessThanOrEqual((load.apiConcurrency ?? 32) * (load.instances ?? 1));
}

describe('10,000 events before an API that takes 200 calls a second', { timeout: SLOWEST }, () => {
  it.each([1, 20, 100])('and answers in %i ms are served at 0.95 of that or more, in one batch', async (latencyMs) => {
    await holds({ limit: { ...LIMIT, latencyMs } });
  });

  it('are so too a hundred at a time', async () => {
    await holds({ limit: { ...LIMIT, latencyMs: 100 }, batch: 100, remainingMs: 120_000 });
  });
});

describe('the limit is found', { timeout: SLOWEST }, () => {
  const refusing = (status: number, headers: (now: number) => Parameters<typeof answer>[2]): Limit => ({
    ...LIMIT,
    refusal: (now) => answer(status, {}, headers(now)),
  });
  it.each<[string, Limit]>([
    ['says nothing of its length', refusing(429, () => ({}))],
    ['is a 503', refusing(503, () => ({ retryAfter: '1' }))],
    [
      'names a date',
      refusing(429, (now) => ({
        retryAfter: new Date(now + 1_000).toUTCString(),
        date: new Date(now).toUTCString(),
      })),
    ],
  ])('when the refusal %s', async (_name, limit) => {
    await holds({ limit, events: 5_000, batch: 10, remainingMs: 30_000 });
  });

  it('when it is 5 a second: less than what is saved up at first', async () => {
    const limit = { ...LIMIT, perSecond: () => 5 };
    await holds({ limit, events: 600, batch: 10, remainingMs: 30_000, apiConcurrency: 8 }, { perSecond: 5 });
  });

  it('when it is 2,000 a second, of which a second’s stop loses nearly all: 0.9', async () => {
    const limit = { ...LIMIT, perSecond: () => 2_000 };
    await holds({ limit, events: 30_000, apiConcurrency: 64 }, { perSecond: 2_000, goodput: 0.9 });
  });

  it('with a look after each revocation', async () => {
    await holds({ limit: LIMIT, events: 4_000, verify: true });
  });

  it('by four instances that share it: 0.9', async () => {
    const shared = { batch: 10, remainingMs: 30_000, apiConcurrency: 8, instances: 4 };
    await holds({ limit: LIMIT, ...shared }, { goodput: 0.9 });
  });
});

describe('a limit that changes', { timeout: SLOWEST }, () => {
  it('to a quarter is kept to within five seconds', async () => {
    const { api, outside, left } = await unload({
      limit: { ...LIMIT, perSecond: (ms) => (ms < 30_000 ? 200 : 50) },
      events: 8_000,
    });
    expect([left, outside.letters]).toEqual([0, []]);
    expect(figuresOf(api, { fromMs: 35_000, perSecond: 50 }).goodput).toBeGreaterThan(0.93);
    expect(api.refused.length / api.served.length).toBeLessThan(0.05);
  });

  it('to twice as much is found within a minute of the last refusal', async () => {
    const { api, outside, left } = await unload({
      limit: { ...LIMIT, perSecond: (ms) => (ms < 20_000 ? 100 : 200) },
      events: 14_000,
    });
    expect([left, outside.letters]).toEqual([0, []]);
    const lastBefore = api.refused.filter((ms) => ms < 20_000).at(-1) ?? 0;
    expect(figuresOf(api, { fromMs: lastBefore + 61_000, perSecond: 200 }).goodput).toBeGreaterThan(0.93);
    expect(api.refused.length / api.served.length).toBeLessThan(0.05);
  });
});
