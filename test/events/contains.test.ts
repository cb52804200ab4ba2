import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { contains } from '../../events/contains.ts';

const RUNS = { numRuns: 300, seed: 20261129 };
const long = fc
  .array(fc.constantFrom('a', 'ab', 'b'), { minLength: 300, maxLength: 400 })
  .map((parts) => parts.join(''));

describe('contains', () => {
  it('finds what String.includes finds', () => {
    fc.assert(
      fc.property(long, long, fc.nat(40), (text, part, cut) => {
        expect(contains(`${text}${part}${text}`, part)).toBe(true);
        const inner = text.slice(cut, -1);
        expect(contains(text, inner)).toBe(true);
        const other = `${inner.slice(0, 280)}${inner.slice(270)}`;
        expect(contains(text, other)).toBe(text.includes(other));
      }),
      RUNS,
    );
    expect(contains('abc', 'bc')).toBe(true);
    expect(contains('abc', 'abcd')).toBe(false);
    expect(contains('a', 'a'.repeat(300))).toBe(false);
  });

  it('takes linear time where texts repeat themselves', () => {
    const half = 'a'.repeat(250_000);
    const started = process.threadCpuUsage();
    expect(contains(half.repeat(4), `${half}b${half}`)).toBe(false);
    // The product of both lengths takes minutes.
    expect(process.threadCpuUsage(started).user / 1_000).toBeLessThan(1_000);
  });
});
