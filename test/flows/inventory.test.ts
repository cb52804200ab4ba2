import { describe, expect, it } from 'vitest';
import { createCaller } from '../../lib/caller.ts';
import type { Observation } from '../../lib/domain/api.ts';
import { createInventory } from '../../lib/inventory.ts';
import { virtualClock } from '../support/virtual-clock.ts';
import { answer, SETTINGS } from './guards/fakes.ts';

const row = (n: number, status = 'ACTIVE', principalName = `coreweave/${n % 10}`) => ({
  accessKeyId: `CWINV${String(n).padStart(9, '0')}`,
  principalName,
  status,
});

/** An inventory over pages of rows; `pages[k]` answers the offset k × 1,000. */
function open(pageAt: (offset: number) => Observation) {
  const clock = virtualClock(0);
  const offsets: number[] = [];
  const api = {
    send: async (request: { readonly call: string; readonly offset?: number }) => {
      offsets.push(request.offset ?? -1);
      await clock.sleep(10);
      return pageAt(request.offset ?? 0);
    },
  };
  const log = {
    info: () => {},
    warn: () => {},
    error: () => {},
    within: <T>(_: unknown, work: () => Promise<T>) => work(),
  };
  const caller = createCaller({ api, clock, log }, SETTINGS);
  return { clock, offsets, inventory: createInventory(caller, clock, 1e9) };
}

const all = (rows: readonly object[]) => (offset: number) => answer(200, { info: rows.slice(offset, offset + 1_000) });

describe('the inventory', () => {
  it('pages to the end and keeps live keys by owner, suspended ones too', async () => {
    const rows = Array.from({ length: 2_500 }, (_, n) =>
      row(n, n === 7 ? 'DELETED' : n === 17 ? 'FULL_SUSPENDED' : 'ACTIVE'),
    );
    const { clock, inventory, offsets } = open(all(rows));
    const listing = await clock.run(inventory.before());
    expect(offsets).toEqual([0, 1_000, 2_000]);
    expect(listing?.liveKeys('coreweave/7')).toHaveLength(249);
    expect(listing?.liveKeys('coreweave/7')).toContain(row(17).accessKeyId);
    expect(listing?.liveKeys('coreweave/70')).toEqual([]);
  });

  it('asks for one more page when the last was full', async () => {
    const { clock, inventory, offsets } = open(all(Array.from({ length: 1_000 }, (_, n) => row(n))));
    await clock.run(inventory.before());
    expect(offsets).toEqual([0, 1_000]);
  });

  it('counts a key once that comes on two pages', async () => {
    const page = Array.from({ length: 1_000 }, (_, n) => row(n, 'ACTIVE', 'coreweave/one'));
    const { clock, inventory } = open((offset) =>
      answer(200, { info: offset === 0 ? page : [row(999, 'ACTIVE', 'coreweave/one')] }),
    );
    expect((await clock.run(inventory.before()))?.liveKeys('coreweave/one')).toHaveLength(1_000);
  });

  it('is listed once before, whoever asks', async () => {
    const { clock, inventory, offsets } = open(all([row(1)]));
    await clock.run(Promise.all([inventory.before(), inventory.before()]));
    await clock.run(inventory.before());
    expect(offsets).toEqual([0]);
  });

  it('that could not be listed is listed again for the next who asks', async () => {
    let down = true;
    const { clock, inventory } = open(() => (down ? answer(500) : answer(200, {})));
    expect(await clock.run(inventory.before())).toBeUndefined();
    down = false;
    expect((await clock.run(inventory.before()))?.liveKeys('coreweave/1')).toEqual([]);
  });

  it('is listed after anew for those who come while a listing runs, once for all of them', async () => {
    const { clock, inventory, offsets } = open(all([row(1)]));
    const first = inventory.after();
    await clock.run(clock.sleep(5));
    const [second, third] = await clock.run(Promise.all([inventory.after(), inventory.after()]));
    expect(second).toBe(third);
    expect(second?.begun).toBeGreaterThanOrEqual(10);
    expect((await clock.run(first))?.begun).toBe(0);
    expect(offsets).toEqual([0, 0]);
  });
});
