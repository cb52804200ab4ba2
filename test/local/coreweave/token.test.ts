import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Client, DONE, error, KEY_PATH, startClient } from './client.ts';

let c: Client;

beforeEach(async () => {
  c = await startClient();
});
afterEach(() => c.api.close());

describe('the token', () => {
  test.each([
    ['none', {}],
    ['another one', { authorization: 'Bearer x' }],
    ['one without Bearer', { authorization: 'x' }],
  ])('%s is refused before anything is looked at', async (_, headers) => {
    const [id = ''] = c.api.store.createKeys('coreweave/owner');
    const response = await fetch(`${c.api.url}${KEY_PATH}`, {
      method: 'POST',
      headers,
      body: JSON.stringify({ accessKey: id }),
    });
    expect({ status: response.status, body: await response.json() }).toEqual(error(401, 16));
    expect(c.api.store.status(id)).toBe('ACTIVE');
    expect(c.api.requests.map(({ authorized }) => authorized)).toEqual([false]);
  });
  test('can be rotated: the old one is refused from then on', async () => {
    const old = c.api.token;
    const fresh = c.api.rotateToken();
    expect(fresh).not.toBe(old);
    expect(await c.send('GET', '/v1/cwobject/access-key', undefined, old)).toEqual(error(401, 16));
    expect(await c.list()).toEqual(DONE);
  });
  test('may lack single actions', async () => {
    const [id = ''] = c.api.store.createKeys('coreweave/owner');
    c.api.switches.forbidden = new Set(['cwobject:RevokeAccessKeyByAccessKey']);
    expect(await c.revokeKey(id)).toEqual(error(403, 7));
    expect(c.api.store.status(id)).toBe('ACTIVE');
    expect((await c.read(id)).status).toBe(200);
  });
});

describe('for assertions it keeps', () => {
  test('every request', async () => {
    await c.revokeKey('CWUNKNOWN000');
    await c.list('?limit=5');
    await c.send('GET', '/nowhere', undefined, 'wrong');
    expect(c.api.requests).toEqual([
      {
        call: 'revoke-key',
        method: 'POST',
        path: KEY_PATH,
        body: { accessKey: 'CWUNKNOWN000' },
        target: 'CWUNKNOWN000',
        at: c.clock.ms,
        authorized: true,
      },
      {
        call: 'list-keys',
        method: 'GET',
        path: '/v1/cwobject/access-key?limit=5',
        body: undefined,
        target: undefined,
        at: c.clock.ms,
        authorized: true,
      },
      {
        call: 'unknown',
        method: 'GET',
        path: '/nowhere',
        body: undefined,
        target: undefined,
        at: c.clock.ms,
        authorized: false,
      },
    ]);
    expect(JSON.stringify(c.api.requests)).not.toContain(c.api.token);
  });
  test.each<[string, () => Promise<unknown>]>([
    ['a secret key in a body', () => c.revokeKey(`cwo${'x'.repeat(40)}`)],
    ['a secret key in a path', () => c.read(`cwo${'x'.repeat(40)}`)],
    ['an API token', () => c.revokePrincipal(['CW', 'SECRET', 'abc'].join('-'))],
    ['an escaped API token in a query', () => c.list(`?status=${['CW', 'SECRET', 'abc'].join('%2D')}`)],
    ['a PEM block', () => c.revokeKey(`-----${'BEGIN'} KEY`)],
  ])('that it has seen %s', async (_, leak) => {
    await c.revokeKey('CWAAAAAAAAAA');
    expect(c.api.secretSeen).toBe(false);
    await leak();
    expect(c.api.secretSeen).toBe(true);
  });
});
