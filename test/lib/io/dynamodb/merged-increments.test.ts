import { describe, expect, it } from 'vitest';
import { mergeIncrements } from '../../../../lib/io/dynamodb/merged-increments.ts';
import { AdapterError } from '../../../../lib/runtime/adapter-error.ts';

/** Counters with limits, and the writes that they received. */
function open(limits: Readonly<Record<string, number>>) {
  const counts = new Map<string, number>();
  const writes: string[] = [];
  const increment = mergeIncrements(async (name: string, by) => {
    writes.push(`${name}+${by}`);
    const count = (counts.get(name) ?? 0) + by;
    if (name === 'down') throw new AdapterError('ledger-unavailable', 'TimeoutError');
    if (count > (limits[name] ?? 0)) return false;
    counts.set(name, count);
    return true;
  });
  const times = (name: string, calls: number) => Promise.all(Array.from({ length: calls }, () => increment(name)));
  return { increment, times, writes };
}

describe('mergeIncrements', () => {
  it('writes once for all calls that came while a write was under way', async () => {
    const { times, writes } = open({ a: 100 });
    expect(await times('a', 9)).toEqual(Array(9).fill(true));
    expect(writes).toEqual(['a+1', 'a+8']);
    await times('a', 1);
    expect(writes).toEqual(['a+1', 'a+8', 'a+1']);
  });

  it('counts exactly up to the limit when not all calls of a write fit, in their order', async () => {
    const { times, writes } = open({ a: 6 });
    expect(await times('a', 9)).toEqual([true, true, true, true, true, true, false, false, false]);
    expect(writes.length).toBeLessThan(9);
  });

  it('writes each counter by itself', async () => {
    const { times, writes } = open({ a: 5, b: 5 });
    await Promise.all([times('a', 2), times('b', 2)]);
    expect(writes.toSorted()).toEqual(['a+1', 'a+1', 'b+1', 'b+1']);
  });

  it('rejects the calls of a failed write, and writes again for the next', async () => {
    const { increment, writes } = open({});
    const failed = await Promise.allSettled([increment('down'), increment('down'), increment('down')]);
    expect(failed.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
    expect(writes).toEqual(['down+1', 'down+2']);
    await expect(increment('down')).rejects.toThrow('ledger-unavailable: TimeoutError');
  });
});
