/** How many keys one sender can cost, however many instances run, and with the ledger down. */
import { describe, expect, it } from 'vitest';
import { createKeyLimits, FREE_KEYS, type KeyAdmission, MAX_UNCOUNTED_KEYS } from '../../../lib/ledger/key-limits.ts';
import type { KeyLimitSettings } from '../../../lib/model/settings.ts';
import type { Table } from '../../../lib/ports.ts';
import { EVENT_MS } from '../../support/event-factory.ts';
import { movableClock, sha256 } from '../../support/fakes.ts';
import { memoryTable } from '../../support/memory-table.ts';
import { virtualClock } from '../../support/virtual-clock.ts';

const LIMITS: KeyLimitSettings = { senderKeysPer10Minutes: 20, senderKeysPerDay: 30 };
const count = (size: number, from = 0) => Array.from({ length: size }, (_, n) => `CW${from + n}`);
const kinds = (admissions: readonly KeyAdmission[]) => ({
  admitted: admissions.filter(({ kind }) => kind === 'admitted').length,
  over: admissions.filter(({ kind }) => kind === 'over').length,
  unavailable: admissions.filter(({ kind }) => kind === 'unavailable').length,
});

const firsts = (admissions: readonly KeyAdmission[]) =>
  admissions.filter((admission) => admission.kind === 'over' && admission.first).length;

/** A ledger that any number of instances share, and what was asked of it. */
function open(limits: KeyLimitSettings = LIMITS) {
  const time = { now: EVENT_MS, ledger: 'up' as 'up' | 'down' | 'hangs' };
  const table = memoryTable({ now: () => time.now, isDown: () => time.ledger === 'down' });
  const calls: string[] = [];
  const asked = <T>(name: string, call: () => Promise<T>): Promise<T> => {
    calls.push(name);
    return time.ledger === 'hangs' ? new Promise(() => {}) : call();
  };
  const counted: Pick<Table, 'get' | 'put' | 'increment'> = {
    get: (pk) => asked('get', () => table.get(pk)),
    put: (row, seen) => asked('put', () => table.put(row, seen)),
    increment: (pk, limit, expiresAt) => asked('increment', () => table.increment(pk, limit, expiresAt)),
  };
  const clock = movableClock(time);
  const sleeping = {
    ...clock,
    sleep: async (ms: number, signal?: AbortSignal) => {
      if (time.ledger !== 'hangs') return clock.sleep(ms, signal);
      time.now += ms;
    },
  };
  const start = () => createKeyLimits({ table: counted, sha256, clock: sleeping }, limits);
  return { time, calls, start };
}

const admitAll = (limits: ReturnType<typeof createKeyLimits>, ids: readonly string[], sender = '//a') =>
  Promise.all(ids.map((id) => limits.admit(sender, id)));

describe('createKeyLimits', () => {
  it('admits a few keys of each sender without the ledger, however often they are asked for', async () => {
    const { calls, start } = open();
    const limits = start();
    for (const sender of ['//a', '//b']) {
      await admitAll(limits, count(FREE_KEYS), sender);
      expect(kinds(await admitAll(limits, count(FREE_KEYS), sender))).toMatchObject({ admitted: FREE_KEYS });
    }
    expect(calls).toEqual([]);
  });

  it('admits the limit and the free keys of one instance, then holds: the first is told apart', async () => {
    const limits = open().start();
    const admissions = await admitAll(limits, count(100));
    expect(kinds(admissions)).toEqual({ admitted: 20 + FREE_KEYS, over: 75, unavailable: 0 });
    const over = admissions.filter((admission) => admission.kind === 'over');
    expect(over.filter(({ first }) => first)).toEqual([
      { kind: 'over', rule: 'senderKeysPer10Minutes', limit: 20, first: true },
    ]);
  });

  it('admits no more over racing instances than the limit and the free keys of each', async () => {
    const { start } = open({ senderKeysPer10Minutes: 1_000, senderKeysPerDay: 'off' });
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
    const limits = open().start();
    await admitAll(limits, count(100), '//flood');
    expect(kinds(await admitAll(limits, count(10), '//real'))).toEqual({ admitted: 10, over: 0, unavailable: 0 });
  });

  it('counts a key once, for redeliveries and for other instances', async () => {
    const { start } = open();
    for (const _ of count(5)) {
      const limits = start();
      await admitAll(limits, count(FREE_KEYS, 900));
      expect(kinds(await admitAll(limits, count(20)))).toMatchObject({ admitted: 20 });
      expect(kinds(await admitAll(limits, count(20)))).toMatchObject({ admitted: 20 });
    }
  });

  it('opens again with the next window, until the day is full', async () => {
    const { time, start } = open();
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
      const { time, calls, start } = open();
      time.ledger = ledger;
      const limits = start();
      const admissions = [];
      for (const id of count(MAX_UNCOUNTED_KEYS + 30)) admissions.push(await limits.admit(`//${id.length}`, id));
      expect(kinds(admissions)).toEqual({ admitted: MAX_UNCOUNTED_KEYS, over: 0, unavailable: 30 });
      expect(calls.length).toBeLessThan(20);
      time.ledger = 'up';
      time.now += 5_000;
      expect(await limits.admit('//a', 'CWNEXT')).toEqual({ kind: 'admitted' });
    },
  );

  it('admits no more than the cap without the ledger for any number of invented senders', async () => {
    const { calls, start } = open();
    const limits = start();
    for (const id of count(MAX_UNCOUNTED_KEYS)) await limits.admit(`//${id}`, id);
    expect(calls).toEqual([]);
    await limits.admit('//next', 'CWNEXT');
    expect(calls).toEqual(['get', 'increment', 'increment', 'put']);
  });

  it('asks nothing when both limits are off', async () => {
    const { calls, start } = open({ senderKeysPer10Minutes: 'off', senderKeysPerDay: 'off' });
    expect(kinds(await admitAll(start(), count(1_000)))).toMatchObject({ admitted: 1_000 });
    expect(calls).toEqual([]);
  });

  it('fills every shard of a counter', async () => {
    const { start } = open({ senderKeysPer10Minutes: 'off', senderKeysPerDay: 1_603 });
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
    if (!pk.endsWith('#held')) return effect();
    seen.writes += 1;
    return (faults.shift() ?? ((call) => call()))(effect);
  };
  const faulty: Pick<Table, 'get' | 'put' | 'increment'> = {
    get: table.get,
    put: (row, version) => write(row.pk, () => table.put(row, version)),
    increment: (pk, limit, expiresAt) => write(pk, () => table.increment(pk, limit, expiresAt)),
  };
  const start = () => {
    const limits = createKeyLimits({ table: faulty, sha256, clock }, LIMITS);
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
