import { describe, expect, it } from 'vitest';
import type { Row } from '../../../../lib/ports.ts';
import { AdapterError } from '../../../../lib/runtime/adapter-error.ts';
import { memoryTable } from '../../../support/memory-table.ts';
import { count, NOW_MS, NOW_S, outcome, PK, row, useTableServer } from './table-backends.ts';

const { backends } = useTableServer();
const sorted = (found: Row | undefined): unknown => {
  const members = found?.data.members;
  return found && { ...found, data: { ...found.data, members: Array.isArray(members) ? members.toSorted() : members } };
};

describe.each(backends)('string sets of a table in $backend', ({ open }) => {
  it('admits exactly 25 of 40 racing members under a limit of 25', async () => {
    const table = await open();
    const members = Array.from({ length: 40 }, (_, at) => `saml/user-${at}@example.com`);
    const admitted = await Promise.all(members.map((member) => table.admit('window#a', member, 25, NOW_S + 600)));
    expect(count(admitted, true)).toBe(25);
    expect(sorted(await table.get('window#a'))).toEqual({
      pk: 'window#a',
      version: 25,
      expiresAt: NOW_S + 600,
      data: { members: members.filter((_, at) => admitted[at]).toSorted() },
    });
  });

  it('admits only existing members at and over the limit, without counting them again', async () => {
    const table = await open();
    const admit = (member: string, limit: number) => table.admit('window#a', member, limit, NOW_S + 600);
    expect([await admit('a', 2), await admit('b', 2), await admit('a', 2)]).toEqual([true, true, true]);
    expect([await admit('c', 2), await admit('A', 2), await admit('a', 1), await admit('b', 0)]).toEqual([
      false,
      false,
      true,
      true,
    ]);
    expect(sorted(await table.get('window#a'))).toMatchObject({ data: { members: ['a', 'b'] } });
  });

  it('admits no member with a limit of 0', async () => {
    const table = await open();
    expect(await table.admit('window#a', 'a', 0, NOW_S + 600)).toBe(false);
    expect(await table.get('window#a')).toBeUndefined();
  });

  it('counts each window by itself', async () => {
    const table = await open();
    const admitted = ['window#a', 'window#b'].map((window) => table.admit(window, 'a', 1, NOW_S + 600));
    expect(await Promise.all(admitted)).toEqual([true, true]);
  });
});

describe.each(backends)('counters of a table in $backend', ({ open }) => {
  it('count to exactly 25 of 40 racing increments, and expire', async () => {
    const table = await open();
    const counted = await Promise.all(Array.from({ length: 40 }, () => table.increment('window#c', 25, NOW_S + 600)));
    expect([count(counted, true), count(counted, false)]).toEqual([25, 15]);
    expect(await table.get('window#c')).toEqual({ pk: 'window#c', version: 25, expiresAt: NOW_S + 600, data: {} });
    expect(await table.increment('window#c', 26, NOW_S + 600)).toBe(true);
  });

  it('count down by exactly as many of 40 racing decrements as they count, and have room again', async () => {
    const table = await open();
    expect(await table.decrement('window#c')).toBe(false);
    await Promise.all(Array.from({ length: 25 }, () => table.increment('window#c', 25, NOW_S + 600)));
    const lowered = await Promise.all(Array.from({ length: 40 }, () => table.decrement('window#c')));
    expect([count(lowered, true), count(lowered, false)]).toEqual([25, 15]);
    expect(await table.get('window#c')).toEqual({ pk: 'window#c', version: 0, expiresAt: NOW_S + 600, data: {} });
    expect(await table.increment('window#c', 1, NOW_S + 600)).toBe(true);
  });
});

describe.each(backends)('limits of a table in $backend', ({ open }) => {
  it('holds a fence of 15,000 key ids of 20 characters in one row', async () => {
    const table = await open();
    const fence = Array.from({ length: 15_000 }, (_, at) => `CW${String(at).padStart(18, 'A')}`);
    expect(await table.put(row({ data: { state: 'open', fence } }), undefined)).toBe(true);
    expect(await table.get(PK)).toEqual(row({ data: { state: 'open', fence } }));
  });

  it('rejects a row over 400 KB, without its data, and leaves the stored one', async () => {
    const table = await open();
    await table.put(row(), undefined);
    const tooLarge = row({ version: 2, data: { fence: Array<string>(15_000).fill('CW'.padEnd(32, 'A')) } });
    expect(await outcome(table.put(tooLarge, 1))).toEqual(
      new AdapterError('ledger-unavailable', 'ValidationException'),
    );
    expect(await table.get(PK)).toEqual(row());
  });

  it.each(['pk', 'version', 'expiresAt', 'members'])('refuses data that names the attribute %s', async (name) => {
    const table = await open();
    const clash = row({ data: { [name]: 'x' } });
    expect(await outcome(table.put(clash, undefined))).toEqual(
      new AdapterError('ledger-refused', 'a row may not name an attribute of the table'),
    );
    expect(await table.get(PK)).toBeUndefined();
  });

  it.each(['', 'x'.repeat(2_049)])('rejects a key that DynamoDB would refuse', async (pk) => {
    const failed = await outcome((await open()).put(row({ pk }), undefined));
    expect(failed).toEqual(new AdapterError('ledger-unavailable', 'ValidationException'));
  });
});

it('rejects each call on a memory table that is down, without effect', async () => {
  let isDown = true;
  const table = memoryTable({ now: () => NOW_MS, isDown: () => isDown });
  const calls = [table.get(PK), table.put(row(), undefined), table.remove(PK, 1), table.admit(PK, 'a', 1, NOW_S + 1)];
  const failed = await Promise.all(calls.map(outcome));
  expect(failed.map(String)).toEqual(calls.map(() => 'AdapterError: ledger-unavailable: TimeoutError'));
  isDown = false;
  expect(await table.get(PK)).toBeUndefined();
});
