import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createBatcher, type SendBatch } from '../../../../lib/io/aws/batcher.ts';

interface Entry {
  readonly queue: string;
  readonly id: number;
  readonly bytes: number;
}

/** The test ends the event loop iteration and answers the batch calls one by one. */
const bench = (answer?: SendBatch<Entry>, limits: { maxInFlight?: number } = {}) => {
  const turns: (() => void)[] = [];
  const batches: { group: string; ids: number[] }[] = [];
  const calls: PromiseWithResolvers<readonly (Error | undefined)[]>[] = [];
  const call = createBatcher<Entry>(
    {
      group: ({ queue }) => queue,
      size: ({ bytes }) => bytes,
      maxEntries: 3,
      maxBytes: 100,
      maxInFlight: limits.maxInFlight ?? 2,
      defer: (run) => turns.push(run),
    },
    (group, entries) => {
      batches.push({ group, ids: entries.map(({ id }) => id) });
      if (answer !== undefined) return answer(group, entries);
      const pending = Promise.withResolvers<readonly (Error | undefined)[]>();
      calls.push(pending);
      return pending.promise;
    },
  );
  const endTurn = (): void => {
    for (const run of turns.splice(0)) run();
  };
  return { call, endTurn, batches, calls, turns };
};

const entry = (id: number, more: Partial<Entry> = {}): Entry => ({ queue: 'q', bytes: 1, id, ...more });
const accept: SendBatch<Entry> = async (_, entries) => entries.map(() => undefined);
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test('calls of one turn share batches by group, in their order', async () => {
  const { call, endTurn, batches, turns } = bench(accept, { maxInFlight: 9 });
  const all = [1, 2, 3, 4].flatMap((id) => [call(entry(id)), call(entry(id + 10, { queue: 'r' }))]);
  expect([batches, turns.length]).toEqual([[], 1]);
  endTurn();
  await Promise.all(all);
  expect(batches).toEqual([
    { group: 'q', ids: [1, 2, 3] },
    { group: 'r', ids: [11, 12, 13] },
    { group: 'q', ids: [4] },
    { group: 'r', ids: [14] },
  ]);
});

test('calls of the next event loop iteration are sent in another batch', async () => {
  const { call, endTurn, batches } = bench(accept);
  const first = call(entry(1));
  endTurn();
  const second = call(entry(2));
  endTurn();
  await Promise.all([first, second]);
  expect(batches.map(({ ids }) => ids)).toEqual([[1], [2]]);
});

test('a batch is full at its bytes, and an entry over them travels alone', async () => {
  const { call, endTurn, batches } = bench(accept, { maxInFlight: 9 });
  const all = [60, 40, 1, 101, 1].map((bytes, id) => call(entry(id, { bytes })));
  endTurn();
  await Promise.all(all);
  expect(batches.map(({ ids }) => ids)).toEqual([[0, 1], [2], [3], [4]]);
});

test('an entry that failed rejects its own call only', async () => {
  const refused = new Error('refused');
  const { call, endTurn } = bench(async (_, entries) => entries.map(({ id }) => (id === 2 ? refused : undefined)));
  const all = Promise.allSettled([call(entry(1)), call(entry(2)), call(entry(3))]);
  endTurn();
  expect(await all).toEqual([
    { status: 'fulfilled', value: undefined },
    { status: 'rejected', reason: refused },
    { status: 'fulfilled', value: undefined },
  ]);
});

test('a batch that fails rejects its calls, and those behind it go on', async () => {
  const { call, endTurn, calls } = bench(undefined, { maxInFlight: 1 });
  const all = Promise.allSettled([1, 2, 3, 4].map((id) => call(entry(id))));
  endTurn();
  calls[0]?.reject(new Error('down'));
  await settled();
  calls[1]?.resolve([undefined]);
  expect((await all).map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected', 'fulfilled']);
});

test('no more batches are under way than allowed, and the next starts when one ends', async () => {
  const { call, endTurn, calls } = bench();
  const all = Array.from({ length: 12 }, (_, id) => call(entry(id)));
  endTurn();
  expect(calls).toHaveLength(2);
  calls[1]?.resolve([]);
  await settled();
  expect(calls).toHaveLength(3);
  calls[0]?.resolve([]);
  calls[2]?.resolve([]);
  await settled();
  calls[3]?.resolve([]);
  await Promise.all(all);
  expect(calls).toHaveLength(4);
});

test('createBatcher sends each entry once, in a batch within the limits, with its own outcome', async () => {
  const entries = fc.array(fc.record({ queue: fc.constantFrom('q', 'r'), bytes: fc.nat(120), fails: fc.boolean() }));
  await fc.assert(
    fc.asyncProperty(entries, async (given) => {
      const failing = new Set(given.flatMap(({ fails }, id) => (fails ? [id] : [])));
      const { call, endTurn, batches } = bench(async (_, batch) =>
        batch.map(({ id }) => (failing.has(id) ? new Error(String(id)) : undefined)),
      );
      const all = Promise.allSettled(given.map(({ queue, bytes }, id) => call({ queue, bytes, id })));
      endTurn();
      const results = await all;
      expect(results.map(({ status }) => status === 'rejected')).toEqual(given.map(({ fails }) => fails));
      expect(batches.flatMap(({ ids }) => ids).toSorted((a, b) => a - b)).toEqual(given.map((_, id) => id));
      for (const { group, ids } of batches) {
        const members = ids.map((id) => given[id]);
        expect(members.every((member) => member?.queue === group)).toBe(true);
        expect(ids.length).toBeLessThanOrEqual(3);
        const bytes = members.reduce((sum, member) => sum + (member?.bytes ?? 0), 0);
        expect(bytes <= 100 || ids.length === 1).toBe(true);
      }
    }),
    { numRuns: 200 },
  );
});
