import { describe, expect, it } from 'vitest';
import { createLimiter, mapWithConcurrency } from '../../../lib/runtime/limit.ts';
import { virtualClock } from '../../support/virtual-clock.ts';

/** Work that takes its time, and what it says of itself: `+1` begun, `-1` ended. */
function bench() {
  const clock = virtualClock(0);
  const log: string[] = [];
  let running = 0;
  let peak = 0;
  const work =
    (name: number, ms = 10) =>
    async () => {
      running += 1;
      peak = Math.max(peak, running);
      log.push(`+${name}`);
      await clock.sleep(ms);
      log.push(`-${name}`);
      running -= 1;
      return name;
    };
  return { clock, log, work, peak: () => peak };
}

describe('a gate', () => {
  it('lets so many through at once, in the order in which they came', async () => {
    const { clock, log, work, peak } = bench();
    const gate = createLimiter(2);
    const results = await clock.run(Promise.all([0, 1, 2, 3, 4].map((name) => gate(work(name)))));
    expect(results).toEqual([0, 1, 2, 3, 4]);
    expect(peak()).toBe(2);
    expect(log).toEqual(['+0', '+1', '-0', '+2', '-1', '+3', '-2', '+4', '-3', '-4']);
  });

  it.each([
    ['rejects', () => Promise.reject(null)],
    [
      'throws at once',
      () => {
        throw new Error('own');
      },
    ],
  ])('gives the place of work that %s to the next', async (_name, broken) => {
    const { clock, log, work } = bench();
    const gate = createLimiter(1);
    const all = Promise.allSettled([gate<unknown>(broken), gate(work(1)), gate<unknown>(broken), gate(work(2))]);
    expect((await clock.run(all)).map(({ status }) => status)).toEqual([
      'rejected',
      'fulfilled',
      'rejected',
      'fulfilled',
    ]);
    expect(log).toEqual(['+1', '-1', '+2', '-2']);
  });

  it('has all its places again when everything has gone through, whatever was thrown', async () => {
    const { clock, log, work } = bench();
    const gate = createLimiter(3);
    const broken = Array.from({ length: 5 }, () => gate(() => Promise.reject(new Error('own'))));
    await clock.run(Promise.allSettled([...broken, gate(work(9))]));
    await clock.run(Promise.all([0, 1, 2, 3].map((name) => gate(work(name)))));
    expect(log).toEqual(['+9', '-9', '+0', '+1', '+2', '-0', '+3', '-1', '-2', '-3']);
  });
});

describe('work on each item', () => {
  it('gives results in the order of the items, whatever ends first', async () => {
    const { clock, work } = bench();
    const results = await clock.run(mapWithConcurrency(8, [30, 10, 20], (ms) => work(ms, ms)()));
    expect(results).toEqual([30, 10, 20]);
  });

  it.each([
    [3, 2, 2],
    [5, 2, 2],
    [2, 2, 2],
    [2, 4, 2],
  ])('of %d items with a limit of %d runs %d at once at most', async (count, limit, most) => {
    const { clock, work, peak } = bench();
    const items = Array.from({ length: count }, (_, item) => item);
    expect(await clock.run(mapWithConcurrency(limit, items, (item) => work(item)()))).toEqual(items);
    expect(peak()).toBe(most);
  });

  it('of none is nothing', async () => {
    expect(await mapWithConcurrency(4, [], () => Promise.resolve(1))).toEqual([]);
  });

  it('goes on to the end when some of it rejects, and then rejects as the first item did', async () => {
    const { clock, log, work } = bench();
    const all = mapWithConcurrency(2, [0, 1, 2, 3], async (item) => {
      await work(item, 10 - item)();
      if (item === 1 || item === 2) throw new Error(`item ${item}`);
    });
    await expect(clock.run(all)).rejects.toThrow('item 1');
    expect(log.filter((line) => line.startsWith('-'))).toHaveLength(4);
  });
});
