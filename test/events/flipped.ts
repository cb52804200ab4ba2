/** Single bits that differ, by a chance that is the same each time. */
import type { Chance } from '../../lib/ports.ts';

type Fraction = Pick<Chance, 'fraction'>;

/** A whole number from 0 to `most`. */
export const upTo = (chance: Fraction, most: number): number => Math.floor(chance.fraction() * (most + 1));

export const flipped = (chance: Fraction, data: Uint8Array): Uint8Array => {
  const at = upTo(chance, data.length - 1);
  return data.with(at, (data[at] ?? 0) ^ (1 << upTo(chance, 7)));
};

export const flippedText = (chance: Fraction, text: string): string =>
  Buffer.from(flipped(chance, Buffer.from(text, 'latin1'))).toString('latin1');
