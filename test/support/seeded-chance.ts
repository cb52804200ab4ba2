/** Chance that is the same each time. */
import type { Chance } from '../../lib/ports.ts';

export interface SeededChance extends Chance {
  /** One of the items, which must not be none. */
  pick<Item>(items: readonly [Item, ...Item[]]): Item;
}

/** Random values from a seed (a whole number). Ids have the form of UUIDs (version 4). */
export function seededChance(seed: number): SeededChance {
  let state = seed >>> 0;
  // Mulberry32: small, and good enough for jitter and faults.
  const word = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return (mixed ^ (mixed >>> 14)) >>> 0;
  };
  const hex = (): string => word().toString(16).padStart(8, '0');
  const fraction = () => word() / 2 ** 32;
  return {
    fraction,
    id: () => {
      const [a, b, c, d] = [hex(), hex(), hex(), hex()];
      return `${a}-${b.slice(0, 4)}-4${b.slice(5)}-8${c.slice(1, 4)}-${c.slice(4)}${d}`;
    },
    pick: (items) => items[Math.floor(fraction() * items.length)] ?? items[0],
  };
}

/** Chance without surprises: every fraction is the middle, ids are numbered. */
export function evenChance(): Chance {
  let made = 0;
  return {
    fraction: () => 0.5,
    id: () => {
      made += 1;
      return `00000000-0000-4000-8000-${String(made).padStart(12, '0')}`;
    },
  };
}
