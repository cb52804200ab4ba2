import { describe, expect, it } from 'vitest';
import { planOf } from './seeded-plan.ts';
import { liveAndCheck } from './seeds.ts';

const SEEDS_PER_TEST = 250;

/** The seeds of a range that break a promise, with what they break. */
async function brokenIn(from: number, to: number): Promise<readonly string[]> {
  const broken: string[] = [];
  for (let seed = from; seed <= to; seed += 1) {
    const { violations } = await liveAndCheck(planOf(seed));
    broken.push(...violations.map(({ promise, detail }) => `seed ${seed}: ${promise}: ${detail}`));
  }
  return broken;
}

/**
 * Declares the tests of a range of seeds. Each range has a file, so that the workers of the test run can share them.
 */
export function testSeeds(from: number, to: number): void {
  const starts = Array.from({ length: (to - from + 1) / SEEDS_PER_TEST }, (_, n) => from + n * SEEDS_PER_TEST);
  describe('whatever fails, dies, comes twice, out of order or again days later', () => {
    it.each(starts.map((start) => [start, start + SEEDS_PER_TEST - 1] as const))(
      'every promise holds in seeds %i to %i',
      { timeout: 240_000 },
      async (first, last) => {
        expect(await brokenIn(first, last)).toEqual([]);
      },
    );
  });
}
