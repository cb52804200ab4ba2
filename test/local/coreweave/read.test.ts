import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Client, DONE, INVALID, key, NOT_FOUND, startClient } from './client.ts';

let c: Client;

beforeEach(async () => {
  c = await startClient();
});
afterEach(() => c.api.close());

describe('reading a key', () => {
  test('shows what is known of it, and DELETED after its revocation', async () => {
    c.api.store.add(
      key('CWAAAAAAAAAA', { expiry: '0001-01-01T00:00:00Z', attributes: { name: 'x' }, extra: { newField: [1] } }),
    );
    const info = {
      accessKeyId: 'CWAAAAAAAAAA',
      status: 'ACTIVE',
      principalName: 'coreweave/owner',
      orgId: 'cw1234',
      expiry: '0001-01-01T00:00:00Z',
      attributes: { name: 'x' },
      newField: [1],
    };
    expect(await c.read('CWAAAAAAAAAA')).toEqual({ status: 200, body: { info } });
    await c.revokeKey('CWAAAAAAAAAA');
    expect(await c.read('CWAAAAAAAAAA')).toEqual({ status: 200, body: { info: { ...info, status: 'DELETED' } } });
  });
  test('is not found when it is unknown, or was revoked longer ago than deleted keys are kept', async () => {
    const [id = ''] = c.api.store.createKeys('coreweave/owner');
    c.api.switches.purgeDeletedAfterMs = 1_000;
    await c.revokeKey(id);
    c.clock.ms += 999;
    expect((await c.read(id)).status).toBe(200);
    c.clock.ms += 1;
    expect(await c.read(id)).toEqual(NOT_FOUND);
    expect(await c.read('CWUNKNOWN000')).toEqual(NOT_FOUND);
    expect(await c.list()).toEqual(DONE);
    expect(await c.revokeKey(id)).toEqual(NOT_FOUND);
  });
});

describe('listing keys', () => {
  const idsOf = async (query: string): Promise<string[]> =>
    ((await c.list(query)).body.info ?? []).map((info) => info.accessKeyId);
  const pages = async (limit: number) => {
    const ids: string[] = [];
    for (let offset = 0; ; offset += limit) {
      const page = await idsOf(`?offset=${offset}&limit=${limit}`);
      ids.push(...page);
      if (page.length < limit) return ids;
    }
  };

  test('answers an empty object when there is none', async () => {
    expect(await c.list()).toEqual(DONE);
  });
  test('brings 100 keys unless told otherwise, 1,000 at most', async () => {
    const ids = c.api.store.createKeys('coreweave/owner', 1_050);
    expect(await idsOf('')).toEqual(ids.slice(0, 100));
    expect(await idsOf('?limit=1000')).toEqual(ids.slice(0, 1_000));
    expect(await idsOf('?offset=1000&limit=1000')).toEqual(ids.slice(1_000));
  });
  test('shows every status unless the filter is set, whose names differ from those of the keys', async () => {
    const statuses = ['ACTIVE', 'FULL_SUSPENDED', 'EXPIRED', 'DELETED', 'UNKNOWN'];
    c.api.store.add(...statuses.map((status) => key(`CW${status.replace('_', '').padEnd(14, '0')}`, { status })));
    const statusesOf = async (query: string) => (await c.list(query)).body.info?.map((info) => info.status);
    expect(await statusesOf('')).toEqual(statuses);
    expect(await statusesOf('?status=ACCESS_KEY_STATUS_ACTIVE')).toEqual(['ACTIVE']);
    expect(await statusesOf('?status=ACCESS_KEY_STATUS_SUSPENDED')).toEqual(['FULL_SUSPENDED']);
  });
  test.each([
    '?limit=0',
    '?limit=1001',
    '?limit=-1',
    '?limit=x',
    '?limit=',
    '?offset=-1',
    '?offset=1e3',
    '?offset=4294967296',
    '?status=ACTIVE',
    '?principalName=x',
  ])('refuses %s', async (query) => {
    expect(await c.list(query)).toEqual(INVALID);
  });
  test('keeps one order by pages though not that of insertion, if the switch says scattered', async () => {
    const ids = c.api.store.createKeys('coreweave/owner', 25);
    c.api.switches.listOrder = 'scattered';
    const seen = await pages(10);
    expect(seen).not.toEqual(ids);
    expect(seen.toSorted()).toEqual(ids.toSorted());
  });
  test('changes its order between pages if the switch says shifting, so that pages skip keys', async () => {
    const ids = c.api.store.createKeys('coreweave/owner', 25);
    c.api.switches.listOrder = 'shifting';
    const seen = await pages(10);
    expect(new Set(seen).size).toBeLessThan(ids.length);
  });
  test('holds 100,000 keys', async () => {
    const ids = c.api.store.createKeys('coreweave/owner', 100_000);
    expect(await idsOf('?offset=99000&limit=1000')).toEqual(ids.slice(99_000));
    expect(await c.revokePrincipal('coreweave/owner')).toEqual(DONE);
    expect(c.api.store.liveKeys('coreweave/owner')).toEqual([]);
  });
});
