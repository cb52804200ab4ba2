/** The row and the counters of one key, write by write: what is counted, who holds it, when it is given up. */
import { describe, expect, it } from 'vitest';
import { type KeyTable, type KeyWindow, keyWindows, leavePlace, takePlace } from '../../../lib/ledger/key-counters.ts';
import type { Row } from '../../../lib/ports.ts';
import { EVENT_MS } from '../../support/event-factory.ts';
import { memoryTable } from '../../support/memory-table.ts';

const KEY = '00000003aaaa';
const PK = `key#${KEY}`;
const SECONDS = EVENT_MS / 1_000;
const window = (differs: Partial<KeyWindow> = {}): KeyWindow => ({
  rule: 'senderKeysPer10Minutes',
  limit: 2,
  pk: 'window#keys#a#10m#0',
  expiresAt: SECONDS + 1_200,
  ...differs,
});
const DAY = window({ rule: 'senderKeysPerDay', pk: 'window#keys#a#day#0', expiresAt: SECONDS + 172_800 });

/** A table, and a taker of places for KEY; `differs` replaces calls of the table. */
function open(differs: (table: KeyTable) => Partial<KeyTable> = () => ({})) {
  const real = memoryTable({ now: () => EVENT_MS });
  const table: KeyTable = { ...real, ...differs(real) };
  const full = new Set<string>();
  const take = (holder: string, windows: readonly KeyWindow[] = [window()], key = KEY) =>
    takePlace(table, {
      key,
      holder,
      windows,
      isFull: (counter) => full.has(counter),
      markFull: (counter) => void full.add(counter),
    });
  const store = (data: Row['data']) => real.put({ pk: PK, version: 1, expiresAt: SECONDS + 9, data }, undefined);
  return { real, table, full, take, store };
}

it('keyWindows has a counter for each limit that is not off', () => {
  const limits = { senderKeysPer10Minutes: 5, senderKeysPerDay: 'off' } as const;
  expect(keyWindows('hash', limits, EVENT_MS + 1)).toEqual([
    {
      rule: 'senderKeysPer10Minutes',
      limit: 5,
      pk: `window#keys#hash#10m#${EVENT_MS}`,
      expiresAt: SECONDS + 1_200,
    },
  ]);
});

describe('takePlace', () => {
  it('counts a key in each window, and keeps its row as long as the longest of them', async () => {
    const { real, take } = open();
    expect(await take('one', [DAY, window()])).toEqual({ kind: 'row', pk: PK, holder: 'one' });
    expect(await real.get(PK)).toEqual({
      pk: PK,
      version: 1,
      expiresAt: DAY.expiresAt,
      data: { counters: [`${DAY.pk}#0`, `${window().pk}#0`], holders: ['one'] },
    });
  });

  it('adds a holder to a row, once, and counts nothing more', async () => {
    const { real, take } = open();
    for (const holder of ['one', 'two', 'two']) await take(holder);
    expect(await real.get(PK)).toMatchObject({ version: 2, data: { holders: ['one', 'two'] } });
    expect((await take('x', [window()], '0000000b')).kind).toBe('row');
  });

  it('names 20 holders, then one that stands for all others', async () => {
    const { real, take } = open();
    for (let n = 1; n <= 22; n += 1) await take(`holder-${n}`);
    const row = await real.get(PK);
    expect([row?.version, Object(row?.data.holders).length, Object(row?.data.holders).at(-1)]).toEqual([
      21,
      21,
      'many',
    ]);
  });

  it('takes a row of another form for one without holders', async () => {
    const { real, take, store } = open();
    await store({ holders: [7, 'one'], counters: 'x' });
    expect((await take('two')).kind).toBe('row');
    expect((await real.get(PK))?.data.holders).toEqual(['one', 'two']);
  });

  it('reads a row again that others change, five times at most, and then counts the key itself', async () => {
    let gets = 0;
    const { take, store } = open((table) => ({
      get: (pk) => {
        gets += 1;
        return table.get(pk);
      },
      put: async () => false,
    }));
    await store({ holders: ['other'], counters: [] });
    expect(await take('one')).toEqual({ kind: 'counters', counters: [`${window().pk}#0`] });
    // Five times before it counts, and once to see who has made the row.
    expect(gets).toBe(6);
  });

  it('is the row if its own write was repeated, and counters of its own if another was first', async () => {
    const meeting = (holder: string) =>
      open((table) => ({
        put: async (row, version) => {
          await table.put({ ...row, data: { ...row.data, holders: [holder] } }, version);
          return false;
        },
      }));
    expect(await meeting('one').take('one')).toEqual({ kind: 'row', pk: PK, holder: 'one' });
    expect((await meeting('other').take('one')).kind).toBe('counters');
  });

  it('gives back what it has counted when a later window is full, and names that window', async () => {
    const { real, take } = open();
    const none = window({ pk: 'full', limit: 1 });
    await take('one', [none], '0000000b');
    expect(await take('two', [window({ limit: 1 }), none])).toEqual({ kind: 'full', window: none });
    expect((await take('three', [window({ limit: 1 })])).kind).toBe('row');
    expect(await real.get(PK)).toMatchObject({ data: { holders: ['three'] } });
  });

  it('fills the shards from the key’s own on, asks each once, and a full one no more', async () => {
    const asked: string[] = [];
    const { full, take } = open((table) => ({
      increment: (pk, share, expiresAt) => {
        asked.push(`${pk.split('#').at(-1)} of ${share}`);
        return table.increment(pk, 0, expiresAt);
      },
    }));
    const large = window({ limit: 2_002 });
    expect(await take('one', [large])).toEqual({ kind: 'full', window: large });
    expect(asked).toEqual(['0 of 668', '1 of 667', '2 of 667']);
    expect([...full]).toEqual([0, 1, 2].map((shard) => `${large.pk}#${shard}`));
    await take('two', [large]);
    expect(asked).toHaveLength(3);
  });

  it('has eight shards at most', async () => {
    const asked: string[] = [];
    const { take } = open(() => ({
      increment: async (pk, share) => {
        asked.push(`${pk.split('#').at(-1)} of ${share}`);
        return false;
      },
    }));
    await take('one', [window({ limit: 80_000 })]);
    expect(asked).toEqual([3, 4, 5, 6, 7, 0, 1, 2].map((shard) => `${shard} of 10000`));
  });
});

describe('leavePlace', () => {
  const row = { kind: 'row', pk: PK, holder: 'one' } as const;

  it('keeps the row while others hold it, and gives the counters back with the last', async () => {
    const { real, table, take } = open();
    await take('one');
    await take('two');
    expect(await leavePlace(table, row)).toEqual([]);
    expect(await real.get(PK)).toMatchObject({ version: 3, data: { holders: ['two'] } });
    expect(await leavePlace(table, { ...row, holder: 'two' })).toEqual([`${window().pk}#0`]);
    expect(await real.get(PK)).toBeUndefined();
    const again = await Promise.all(['a', 'b', 'c'].map((key) => take(key, [window()], key)));
    expect(again.map(({ kind }) => kind)).toEqual(['row', 'row', 'full']);
  });

  it('gives nothing back for a holder that the row does not name, or without a row', async () => {
    const { real, table, take } = open();
    expect(await leavePlace(table, row)).toEqual([]);
    await take('two');
    expect(await leavePlace(table, row)).toEqual([]);
    expect(await real.get(PK)).toMatchObject({ version: 1, data: { holders: ['two'] } });
  });

  it.each(['put', 'remove'] as const)(
    'tries a %s that others forestall five times, then keeps the place',
    async (write) => {
      let writes = 0;
      let forestalled = false;
      const { table, take } = open((real) => ({
        [write]: async (...given: readonly unknown[]) => {
          if (!forestalled) return Reflect.apply(real[write], real, given);
          writes += 1;
          return false;
        },
      }));
      await take('one');
      if (write === 'put') await take('two');
      forestalled = true;
      expect(await leavePlace(table, row)).toEqual([]);
      expect(writes).toBe(5);
    },
  );

  it('gives back the counters of a place without a row, also those after one that fails', async () => {
    const lowered: string[] = [];
    const { table } = open(() => ({
      decrement: async (pk) => {
        lowered.push(pk);
        if (pk === 'a') throw new Error('down');
        return true;
      },
    }));
    expect(await leavePlace(table, { kind: 'counters', counters: ['a', 'b'] })).toEqual(['a', 'b']);
    expect(lowered).toEqual(['a', 'b']);
  });
});
