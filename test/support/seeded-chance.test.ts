import { describe, expect, it } from 'vitest';
import { seededChance } from './seeded-chance.ts';

const draw = (seed: number) => {
  const { fraction, id, pick } = seededChance(seed);
  return Array.from({ length: 500 }, () => [fraction(), id(), pick(['a', 'b', 'c'])] as const);
};

describe('seeded chance', () => {
  it('is the same for a seed each time, and another for each seed', () => {
    expect(draw(7)).toEqual(draw(7));
    expect(draw(8)).not.toEqual(draw(7));
  });

  it('gives fractions, unique ids in the form of UUIDs, and each of the items', () => {
    const draws = draw(1);
    expect(draws.every(([fraction]) => fraction >= 0 && fraction < 1)).toBe(true);
    expect(draws.every(([, id]) => /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}$/.test(id))).toBe(
      true,
    );
    expect(new Set(draws.map(([, id]) => id)).size).toBe(500);
    expect(new Set(draws.map(([, , item]) => item))).toEqual(new Set(['a', 'b', 'c']));
  });
});
