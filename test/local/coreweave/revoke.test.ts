import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Client, DONE, INVALID, key, NOT_FOUND, startClient } from './client.ts';

let c: Client;

beforeEach(async () => {
  c = await startClient();
});
afterEach(() => c.api.close());

describe('revoking a key', () => {
  test.each(['ACTIVE', 'FULL_SUSPENDED', 'EXPIRED'])('that is %s makes it DELETED', async (status) => {
    c.api.store.add(key('CWAAAAAAAAAA', { status }));
    expect(await c.revokeKey('CWAAAAAAAAAA')).toEqual(DONE);
    expect(c.api.store.status('CWAAAAAAAAAA')).toBe('DELETED');
  });
  test('leaves the other keys of its owner alone', async () => {
    const [first = '', second = ''] = c.api.store.createKeys('coreweave/owner', 2);
    await c.revokeKey(first);
    expect(c.api.store.status(second)).toBe('ACTIVE');
  });
  test('that is unknown, purged or of another organization is not found', async () => {
    c.api.store.add(key('CWPURGED0000'), key('CWFOREIGN000', { orgId: 'other' }));
    c.api.store.purge('CWPURGED0000');
    expect(await c.revokeKey('CWUNKNOWN000')).toEqual(NOT_FOUND);
    expect(await c.revokeKey('CWPURGED0000')).toEqual(NOT_FOUND);
    expect(await c.revokeKey('CWFOREIGN000')).toEqual(NOT_FOUND);
    expect(c.api.store.status('CWFOREIGN000')).toBe('ACTIVE');
  });
  test('twice is accepted, or not found if the switch says so', async () => {
    const [id = ''] = c.api.store.createKeys('coreweave/owner');
    await c.revokeKey(id);
    expect(await c.revokeKey(id)).toEqual(DONE);
    c.api.switches.secondRevoke = 'not-found';
    expect(await c.revokeKey(id)).toEqual(NOT_FOUND);
  });
});

describe('revoking a principal', () => {
  test('deletes all its keys, expired and suspended ones too, and none of a name that differs in case', async () => {
    const ids = c.api.store.createKeys('coreweave/Owner', 2);
    c.api.store.add(key('CWEXPIRED000', { principalName: 'coreweave/Owner', status: 'EXPIRED' }));
    const [other = ''] = c.api.store.createKeys('coreweave/owner');
    expect(await c.revokePrincipal('coreweave/Owner')).toEqual(DONE);
    expect([...ids, 'CWEXPIRED000'].map(c.api.store.status)).toEqual(['DELETED', 'DELETED', 'DELETED']);
    expect(c.api.store.status(other)).toBe('ACTIVE');
    expect(c.api.store.liveKeys('coreweave/Owner')).toEqual([]);
  });
  test('leaves keys that are created afterwards alive', async () => {
    c.api.store.createKeys('coreweave/owner');
    await c.revokePrincipal('coreweave/owner');
    const late = c.api.store.createKeys('coreweave/owner');
    expect(c.api.store.liveKeys('coreweave/owner')).toEqual(late);
  });
  test('without keys looks like success, or is not found if the switch says so', async () => {
    expect(await c.revokePrincipal('coreweave/typo')).toEqual(DONE);
    c.api.switches.emptyPrincipal = 'not-found';
    expect(await c.revokePrincipal('coreweave/typo')).toEqual(NOT_FOUND);
  });
});

describe('suspending a principal', () => {
  const put = (body: object) => c.send('PUT', '/v1/cwobject/access-key-status', body);
  test('turns ACTIVE into FULL_SUSPENDED and back, and touches no other status', async () => {
    c.api.store.add(
      key('CWACTIVE0000'),
      key('CWDELETED000', { status: 'DELETED' }),
      key('CWEXPIRED000', { status: 'EXPIRED' }),
    );
    const statuses = () => ['CWACTIVE0000', 'CWDELETED000', 'CWEXPIRED000'].map(c.api.store.status);
    const body = { principalName: 'coreweave/owner', status: 'ACCESS_KEY_STATUS_SUSPENDED' };
    expect(await put(body)).toEqual(DONE);
    expect(statuses()).toEqual(['FULL_SUSPENDED', 'DELETED', 'EXPIRED']);
    expect(await put({ ...body, status: 'ACCESS_KEY_STATUS_ACTIVE' })).toEqual(DONE);
    expect(statuses()).toEqual(['ACTIVE', 'DELETED', 'EXPIRED']);
  });
  test.each([
    { principalName: 'coreweave/owner' },
    { status: 'ACCESS_KEY_STATUS_ACTIVE' },
    { principalName: 'x', status: 'DELETED' },
  ])('refuses %o', async (body) => {
    expect(await put(body)).toEqual(INVALID);
  });
});
