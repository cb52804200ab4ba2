/** Draws by chance from a named stream: one stream does not shift another. */
import { createHash } from 'node:crypto';
import { type SeededChance, seededChance } from '../support/seeded-chance.ts';

export interface Draws extends SeededChance {
  /** A whole number from 0 to below `limit`. */
  upTo(limit: number): number;
  /** True with the probability `rate`. */
  likely(rate: number): boolean;
}

/** The draws of a stream, the same each time. */
export function drawsOf(name: string): Draws {
  const chance = seededChance(Number.parseInt(createHash('sha256').update(name).digest('hex').slice(0, 8), 16));
  return {
    ...chance,
    upTo: (limit) => Math.floor(chance.fraction() * limit),
    likely: (rate) => chance.fraction() < rate,
  };
}
