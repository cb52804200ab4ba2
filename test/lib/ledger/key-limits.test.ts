/** How many keys one sender can cost, however many instances run, and with the ledger down. */
import { describe, expect, it } from 'vitest';
import type { KeyTable } from '../../../lib/ledger/key-counters.ts';
import { createKeyLimits, FREE_KEYS, MAX_UNCOUNTED_KEYS } from '../../../lib/ledger/key-limits.ts';
import { EVENT_MS } from '../../support/event-factory.ts';
import { sha256 } from '../../support/fakes.ts';
import { admitAll, count, firsts, kinds, LIMITS, openLimits, placeOf } from '../../support/key-limits.ts';
import { memoryTable } from '../../support/memory-table.ts';
import { virtualClock } from '../../support/virtual-clock.ts';

describe('createKeyLimits', () => {
  it('admits a few keys of each sender without the ledger, however often they are asked for', async () => {
    const { calls, start } = openLimits();
    const limits = start();
    for (const sender of ['//a', '//b']) {
      await admitAll(limits, count(FREE_KEYS), sender);
      expect(kinds(await admitAll(limits, count(FREE_KEYS), sender))).toMatchObject({ admitted: FREE_KEYS });
    }
    expect(calls).toEqual([]);
  });

  it('admits the limit and the free keys of one instance, then holds: the first is told apart', async () => {
    const limits = openLimits().start();
    const admissions = await admitAll(limits, count(100));
    expect(kinds(admissions)).toEqual({ admitted: 20 + FREE_KEYS, over: 75, unavailable: 0 });
    const over = admissions.filter((admission) => admission.kind === 'over');
    expect(over.filter(({ first }) => first)).toEqual([
      { kind: 'over', rule: 'senderKeysPer10Minutes', limit: 20, first: true },
    ]);
  });

  it('admits no more over racing instances than the limit and the free keys of each', async () => {
    const { start } = openLimits({ senderKeysPer10Minutes: 1_000, senderKeysPerDay: 'off' });
    const instances = count(4).map(() => start());
    const admissions = await Promise.all(instances.map((each, n) => admitAll(each, count(400, n * 400))));
    expect(kinds(admissions.flat())).toEqual({
      admitted: 1_000 + 4 * FREE_KEYS,
      over: 600 - 4 * FREE_KEYS,
      unavailable: 0,
    });
    expect(admissions.flat().filter((each) => each.kind === 'over' && each.first)).toHaveLength(1);
  });

  it('counts each sender by itself', async () => {
    const limits = openLimits().start();
    await admitAll(limits, count(100), '//flood');
    expect(kinds(await admitAll(limits, count(10), '//real'))).toEqual({ admitted: 10, over: 0, unavailable: 0 });
  });

  it('counts a key once, for redeliveries and for other instances', async () => {
    const { start } = openLimits();
    for (const _ of count(5)) {
      const limits = start();
      await admitAll(limits, count(FREE_KEYS, 900));
      expect(kinds(await admitAll(limits, count(20)))).toMatchObject({ admitted: 20 });
      expect(kinds(await admitAll(limits, count(20)))).toMatchObject({ admitted: 20 });
    }
  });

  it('opens again with the next window, until the day is full', async () => {
    const { time, start } = openLimits();
    const limits = start();
    await admitAll(limits, count(100));
    time.now += 600_000;
    const later = await admitAll(limits, count(100, 200));
    expect(kinds(later)).toEqual({ admitted: 10 + FREE_KEYS, over: 85, unavailable: 0 });
    expect(later.filter((each) => each.kind === 'over' && each.first)).toEqual([
      { kind: 'over', rule: 'senderKeysPerDay', limit: 30, first: true },
      { kind: 'over', rule: 'senderKeysPer10Minutes', limit: 20, first: true },
    ]);
  });

  it.each(['down', 'hangs'] as const)(
    'admits up to a hard cap while the ledger is %s, then nothing',
    async (ledger) => {
      const { time, calls, start } = openLimits();
      time.ledger = ledger;
      const limits = start();
      const admissions = [];
      for (const id of count(MAX_UNCOUNTED_KEYS + 30))
        admissions.push(await placeOf(limits, id, `//${id.length}`).admit());
      expect(kinds(admissions)).toEqual({ admitted: MAX_UNCOUNTED_KEYS, over: 0, unavailable: 30 });
      expect(calls.length).toBeLessThan(20);
      time.ledger = 'up';
      time.now += 5_000;
      expect(await placeOf(limits, 'CWNEXT').admit()).toEqual({ kind: 'admitted' });
    },
  );

  it('admits no more than the cap without the ledger for any number of invented senders', async () => {
    const { calls, start } = openLimits();
    const limits = start();
    for (const id of count(MAX_UNCOUNTED_KEYS)) await placeOf(limits, id, `//${id}`).admit();
    expect(calls).toEqual([]);
    await placeOf(limits, 'CWNEXT', '//next').admit();
    expect(calls).toEqual(['get', 'increment', 'increment', 'put']);
  });

  it('asks nothing when both limits are off', async () => {
    const { calls, start } = openLimits({ senderKeysPer10Minutes: 'off', senderKeysPerDay: 'off' });
    expect(kinds(await admitAll(start(), count(1_000)))).toMatchObject({ admitted: 1_000 });
    expect(calls).toEqual([]);
  });

  it('asks a full counter again after a few seconds, since other instances give places back', async () => {
    const { time, start } = openLimits();
    const [one, other] = [start(), start()];
    const places = count(20 + FREE_KEYS).map((id) => placeOf(one, id));
    await Promise.all(places.map((place) => place.admit()));
    await admitAll(other, count(FREE_KEYS, 500));
    const late = () => placeOf(other, 'CWLATE').admit();
    expect((await late()).kind).toBe('over');
    for (const place of places) await place.leave();
    expect((await late()).kind).toBe('over');
    time.now += 5_000;
    expect((await late()).kind).toBe('admitted');
  });

  it('fills every shard of a counter', async () => {
    const { start } = openLimits({ senderKeysPer10Minutes: 'off', senderKeysPerDay: 1_603 });
    expect(kinds(await admitAll(start(), count(1_700)))).toMatchObject({ admitted: 1_603 + FREE_KEYS });
  });
});

type Fault = (write: () => Promise<boolean>) => Promise<boolean>;

/** A ledger whose writes about the first held key meet these faults in turn; `writes` counts them. */
function openHeld(...faults: Fault[]) {
  const clock = virtualClock(EVENT_MS);
  const table = memoryTable({ now: clock.now });
  const seen = { writes: 0 };
  const write = (pk: string, effect: () => Promise<boolean>): Promise<boolean> => {
    if (!pk.includes('#held#')) return effect();
    seen.writes += 1;
    return (faults.shift() ?? ((call) => call()))(effect);
  };
  const faulty: KeyTable = {
    ...table,
    put: (row, version) => write(row.pk, () => table.put(row, version)),
    increment: (pk, limit, expiresAt) => write(pk, () => table.increment(pk, limit, expiresAt)),
  };
  const start = () => {
    const limits = createKeyLimits({ table: faulty, sha256, clock, chance: { id: () => 'holder' } }, LIMITS);
    return (size: number, from: number) => clock.run(admitAll(limits, count(size, from)));
  };
  return { seen, start };
}

describe('the first key that a window holds', () => {
  const fails: Fault = () => Promise.reject(new Error('down'));

  it('costs one write for each instance, however many keys are held at once', async () => {
    const { seen, start } = openHeld();
    for (const [from, told] of [
      [0, 1],
      [200, 0],
    ] as const) {
      const admitted = start();
      expect([firsts(await admitted(100, from)), firsts(await admitted(50, from + 100))]).toEqual([told, 0]);
    }
    expect(seen.writes).toBe(2);
  });

  it.each<[string, Fault, number]>([
    ['fails', fails, 1],
    ['fails after its effect', (write) => write().then(() => fails(write)), 0],
    ['hangs', () => new Promise(() => {}), 1],
  ])('is told apart, and held, if the write about it %s', async (_name, fault, elsewhere) => {
    const { seen, start } = openHeld(fault);
    const admitted = start();
    const admissions = await admitted(100, 0);
    expect(kinds(admissions)).toEqual({ admitted: 20 + FREE_KEYS, over: 75, unavailable: 0 });
    expect([firsts(admissions), firsts(await admitted(50, 100)), seen.writes]).toEqual([1, 0, 1]);
    // Nothing is stored by a write that failed: another instance tells one apart once more.
    expect(firsts(await start()(50, 200))).toBe(elsewhere);
  });

  it('is told apart if the SDK repeats the write after a lost answer', async () => {
    const { start } = openHeld((write) => write().then(write));
    expect([firsts(await start()(100, 0)), firsts(await start()(50, 100))]).toEqual([1, 0]);
  });
});

it('createKeyLimits: one key that two sources report at the same moment is told apart for both', async () => {
  const limits = openLimits().start();
  await admitAll(limits, count(100));
  const held = (source: string) => placeOf(limits, 'CWHELD', '//a', source).admit();
  expect(firsts(await Promise.all([held('//a/one'), held('//a/one'), held('//a/two')]))).toBe(2);
});

it('createKeyLimits: the first held key of each source is told apart, once over all instances', async () => {
  const { start } = openLimits();
  const instances = [start(), start()];
  for (const [n, limits] of instances.entries()) await admitAll(limits, count(100, n * 100));
  const held = (n: number, source: string) => placeOf(instances[n % 2] ?? start(), `CWHELD${n}`, '//a', source).admit();
  const admissions = [];
  for (const n of count(8).keys()) admissions.push(await held(n, n < 4 ? '//a/one' : '//a/two'));
  expect(admissions.map((admission) => admission.kind === 'over' && admission.first)).toEqual([
    true,
    false,
    false,
    false,
    true,
    false,
    false,
    false,
  ]);
});

it('createKeyLimits: an instance tells apart the first held keys of 20 sources of a sender at most', async () => {
  const limits = openLimits().start();
  await admitAll(limits, count(100));
  const admissions = [];
  // One source was told before: that of the sender itself.
  for (const n of count(22).keys()) admissions.push(await placeOf(limits, `CWHELD${n}`, '//a', `//a/${n}`).admit());
  expect(admissions.map((admission) => firsts([admission]))).toEqual([...Array(19).fill(1), 0, 0, 0]);
});
