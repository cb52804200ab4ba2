import { describe, expect, it } from 'vitest';
import { virtualClock } from './virtual-clock.ts';

describe('virtual time', () => {
  it('stands still until something waits for it, and ends waits in the order of their time', async () => {
    const clock = virtualClock(1_000);
    const seen: string[] = [];
    const wait = async (name: string, ms: number) => {
      await clock.sleep(ms);
      seen.push(`${name} ${clock.now()}`);
    };
    await clock.run(Promise.all([wait('late', 50), wait('first', 10), wait('second', 10), wait('past', -5)]));
    expect(seen).toEqual(['past 1000', 'first 1010', 'second 1010', 'late 1050']);
    expect(clock.waiting()).toBe(0);
  });

  it('ends an aborted wait at once, before or while it lasts', async () => {
    const clock = virtualClock(0);
    const abort = new AbortController();
    const long = clock.sleep(1_000_000, abort.signal);
    await clock.pass(5);
    abort.abort();
    await clock.run(Promise.all([long, clock.sleep(1_000_000, abort.signal)]));
    expect([clock.now(), clock.waiting()]).toEqual([5, 0]);
  });

  it('is shared by runs that go on at once', async () => {
    const clock = virtualClock(0);
    const times = await Promise.all([30, 10, 20].map((ms) => clock.run(clock.sleep(ms).then(() => clock.now()))));
    expect(times).toEqual([30, 10, 20]);
  });

  it('says so when everything stands still, and rejects as the work does', async () => {
    await expect(virtualClock(0).run(new Promise(() => undefined))).rejects.toThrow('everything stands still');
    await expect(virtualClock(0).run(Promise.reject(new Error('own')))).rejects.toThrow('own');
  });
});
