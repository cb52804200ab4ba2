import { describe, expect, it } from 'vitest';
import { foldName } from '../../../events/names.ts';
import { personOf } from '../../../events/sources/scim-name.ts';
import { loginsOf, openScimDirectory } from '../../../lib/ledger/scim-directory.ts';
import { EVENT_MS } from '../../support/event-factory.ts';
import { memoryPorts, openOutside } from '../../support/memory-ports.ts';

const NAME = 'Jane@x.example';
const ID = personOf(NAME)?.id ?? '';
const USER = { id: ID, userName: NAME, names: [NAME], active: true, deleted: false };

function open() {
  const ports = memoryPorts(openOutside(EVENT_MS));
  const rowOf = (name: string) => ports.table.get(`directory#scim#${ports.sha256(foldName(name))}`);
  return { ports, rowOf, directory: () => openScimDirectory(ports) };
}

describe('openScimDirectory', () => {
  it('stores a user under each name, and replaces a row under the next version', async () => {
    const { rowOf, directory } = open();
    await directory().save({ ...USER, names: [NAME, 'j@x.example'] });
    await directory().save({ ...USER, active: null });
    expect((await rowOf('j@x.example'))?.version).toBe(1);
    expect(await rowOf(NAME.toUpperCase())).toEqual({
      pk: expect.any(String),
      version: 2,
      data: { ...USER, active: null, time: new Date(EVENT_MS).toISOString() },
    });
  });

  it('keeps a deleted user for 30 days', async () => {
    const { rowOf, directory } = open();
    await directory().save({ ...USER, deleted: true });
    expect((await rowOf(NAME))?.expiresAt).toBe(EVENT_MS / 1_000 + 30 * 86_400);
  });

  it('reads a row again that another request has written since', async () => {
    const { rowOf, directory } = open();
    const late = directory();
    await late.find({ userName: NAME });
    await directory().save(USER);
    await late.save({ ...USER, active: false });
    expect(await rowOf(NAME)).toMatchObject({ version: 2, data: { active: false } });
  });

  it('reads each row once for a request', async () => {
    const { ports } = open();
    let gets = 0;
    const get = (pk: string) => {
      gets += 1;
      return ports.table.get(pk);
    };
    const directory = openScimDirectory({ ...ports, table: { ...ports.table, get } });
    await directory.find({ userName: NAME });
    await directory.save(USER);
    expect(gets).toBe(1);
  });

  it('finds who has a name, and knows the id of an earlier user of it to be gone', async () => {
    const { directory } = open();
    expect(await directory().find({ userName: NAME })).toBeUndefined();
    const later = { ...USER, id: `${ID}.1764000000000` };
    await directory().save(later);
    expect(await directory().find({ userName: NAME })).toEqual(later);
    expect(await directory().find({ userName: NAME, id: later.id })).toEqual(later);
    expect(await directory().find({ userName: NAME, id: ID })).toBe('gone');
    expect(await directory().find({ userName: 'x@x.example', id: 'eEB4' })).toBeUndefined();
  });

  it.each([
    ['no id', { id: 7 }],
    ['no name', { userName: null }],
    ['names that are no list', { names: NAME }],
  ])('finds no user in a row with %s', async (_, differs) => {
    const { ports, rowOf, directory } = open();
    await directory().save(USER);
    const row = await rowOf(NAME);
    if (row === undefined) throw new Error('expected a row');
    await ports.table.put({ ...row, version: 2, data: { ...row.data, ...differs } }, 1);
    expect(await directory().find({ userName: NAME })).toBeUndefined();
  });
});

it('loginsOf has all names of the person, the login first, or the login alone', async () => {
  const { ports, directory } = open();
  expect(await loginsOf(ports, NAME)).toEqual([NAME]);
  await directory().save({ ...USER, names: ['old@x.example', NAME] });
  expect(await loginsOf(ports, NAME)).toEqual([NAME, 'old@x.example']);
});
