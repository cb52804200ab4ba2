import { expect } from 'vitest';
import { figuresOf, type Limit } from '../support/limited-api.ts';
import { type Load, unload } from './limited.ts';

/** In virtual time: what it costs here is processor alone. */
export const SLOWEST = 120_000;
export const LIMIT: Limit = { perSecond: () => 200, burst: 50, latencyMs: 20 };

interface Expected {
  /** The limit, in calls a second. */
  readonly perSecond: number;
  readonly goodput: number;
  readonly refusedShare: number;
  readonly mostReceives: number;
}
const GOAL: Expected = { perSecond: 200, goodput: 0.95, refusedShare: 0.05, mostReceives: 2 };

/** From the tenth second to the end the goodput is so near the limit, and nothing is lost, held up or dead-lettered. */
export async function expectServed(
  load: Partial<Load> & { readonly limit: Limit },
  expected: Partial<Expected> = {},
): Promise<void> {
  const { perSecond, goodput, refusedShare, mostReceives } = { ...GOAL, ...expected };
  const { api, outside, ...seen } = await unload({ events: 10_000, ...load });
  expect([seen.left, outside.deadLetters]).toEqual([0, []]);
  expect(outside.log.filter(({ level }) => level === 'error')).toEqual([]);
  const figures = figuresOf(api, { fromMs: 10_000, perSecond });
  expect(figures.goodput).toBeGreaterThan(goodput);
  expect(figures.refusedShare).toBeLessThan(refusedShare);
  expect(seen.mostReceives).toBeLessThanOrEqual(mostReceives);
  expect(outside.api.peak()).toBeLessThanOrEqual((load.apiConcurrency ?? 32) * (load.instances ?? 1));
}
