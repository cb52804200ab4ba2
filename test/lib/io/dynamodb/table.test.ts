import { describe, expect, it } from 'vitest';
import { count, NOW_MS, NOW_S, PK, row, useTableServer } from './table-backends.ts';

const { backends } = useTableServer();

describe.each(backends)('rows of a table in $backend', ({ open }) => {
  it('has no row that was never written', async () => {
    expect(await (await open()).get(PK)).toBeUndefined();
  });

  it('gives back each kind of JSON as it was written', async () => {
    const table = await open();
    const written = row({
      expiresAt: NOW_S + 60,
      data: {
        text: 'ü 漢 😀 "<',
        empty: '',
        number: -1.5,
        large: 1.7976931348623157e21,
        time: NOW_MS,
        yes: true,
        no: false,
        nothing: null,
        list: ['a', 'a', 1, null, [true], {}],
        none: [],
        map: { size: 'reserved word', state: { deep: [{ pk: 'x' }] } },
      },
    });
    expect(await table.put(written, undefined)).toBe(true);
    expect(await table.get(PK)).toEqual(written);
  });

  it('keeps what was written when the writer changes its copy later, and the reader its own', async () => {
    const table = await open();
    const fence = ['CW1'];
    await table.put(row({ data: { fence } }), undefined);
    fence.push('CW2');
    const read = await table.get(PK);
    expect(read).toEqual(row({ data: { fence: ['CW1'] } }));
    Object.assign(read?.data ?? {}, { fence: [] });
    expect(await table.get(PK)).toEqual(row({ data: { fence: ['CW1'] } }));
  });

  it('lets one of twenty racing first writes win, and keeps the winner', async () => {
    const table = await open();
    const writers = Array.from({ length: 20 }, (_, writer) => row({ data: { writer } }));
    const won = await Promise.all(writers.map((written) => table.put(written, undefined)));
    expect(count(won, true)).toBe(1);
    expect(await table.get(PK)).toEqual(writers[won.indexOf(true)]);
  });

  it('lets one of twenty racing updates of the same version win', async () => {
    const table = await open();
    await table.put(row(), undefined);
    const writers = Array.from({ length: 20 }, (_, writer) => row({ version: 2, data: { writer } }));
    const won = await Promise.all(writers.map((written) => table.put(written, 1)));
    expect(count(won, true)).toBe(1);
    expect(await table.get(PK)).toEqual(writers[won.indexOf(true)]);
  });

  it.each([
    { attempt: 'a first write over a live row', seen: undefined },
    { attempt: 'a write that saw a version of old', seen: 1 },
    { attempt: 'a write that saw a version to come', seen: 3 },
  ])('refuses $attempt and leaves the row', async ({ seen }) => {
    const table = await open();
    const stored = row({ version: 2, expiresAt: NOW_S + 60 });
    await table.put(stored, undefined);
    expect(await table.put(row({ version: 9, data: {} }), seen)).toBe(false);
    expect(await table.get(PK)).toEqual(stored);
  });

  it('refuses an update of a row that is not there', async () => {
    const table = await open();
    expect(await table.put(row({ version: 2 }), 1)).toBe(false);
    expect(await table.get(PK)).toBeUndefined();
  });

  it('replaces all attributes with an update', async () => {
    const table = await open();
    await table.put(row({ expiresAt: NOW_S + 60, data: { state: 'open', fence: ['CW1'] } }), undefined);
    expect(await table.put(row({ version: 2, data: { state: 'done' } }), 1)).toBe(true);
    expect(await table.get(PK)).toEqual(row({ version: 2, data: { state: 'done' } }));
  });

  it('removes a row only at the version that was seen', async () => {
    const table = await open();
    await table.put(row({ version: 2 }), undefined);
    expect(await table.remove(PK, 1)).toBe(false);
    expect(await table.get(PK)).toEqual(row({ version: 2 }));
    expect(await table.remove(PK, 2)).toBe(true);
    expect(await table.get(PK)).toBeUndefined();
    expect(await table.remove(PK, 2)).toBe(false);
  });

  it('sees a row until the second in which it expires, though it is still stored', async () => {
    let now = NOW_MS;
    const table = await open(() => now);
    const stored = row({ expiresAt: NOW_S + 60 });
    await table.put(stored, undefined);
    now = NOW_MS + 59_999;
    expect(await table.get(PK)).toEqual(stored);
    expect(await table.put(row({ data: {} }), undefined)).toBe(false);
    now = NOW_MS + 60_000;
    expect(await table.get(PK)).toBeUndefined();
    expect(await table.put(row({ data: { state: 'new' } }), undefined)).toBe(true);
    expect(await table.get(PK)).toEqual(row({ data: { state: 'new' } }));
  });
});
