import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Client, DONE, error, INVALID, KEY_PATH, key, NOT_FOUND, startClient } from './client.ts';

let c: Client;

beforeEach(async () => {
  c = await startClient();
});
afterEach(() => c.api.close());

describe('asking what the token may do', () => {
  test('is true only when all actions on all resources are allowed', async () => {
    const actions = ['cwobject:RevokeAccessKeyByAccessKey', 'cwobject:ListAccessKeyInfo'];
    expect(await c.canI(actions)).toEqual({ status: 200, body: { verdict: true } });
    expect(await c.canI([...actions, 's3:GetObject'])).toEqual({ status: 200, body: { verdict: false } });
    expect(await c.canI(actions, ['*', 'bucket'])).toEqual({ status: 200, body: { verdict: false } });
    c.api.switches.forbidden = new Set(['cwobject:ListAccessKeyInfo']);
    expect(await c.canI(actions)).toEqual({ status: 200, body: { verdict: false } });
    expect(await c.list()).toEqual(error(403, 7));
  });
  test.each([
    [undefined, ['*']],
    [[], ['*']],
    [[1], ['*']],
    [['cwobject:ListAccessKeyInfo'], []],
    ['cwobject:ListAccessKeyInfo', ['*']],
  ])('refuses %o on %o', async (actions, resources) => {
    expect(await c.canI(actions, resources)).toEqual(INVALID);
  });
});

describe('is strict about', () => {
  test.each<[string, unknown]>([
    ['the field of other clients, accessKeyId', { accessKeyId: 'CWAAAAAAAAAA' }],
    ['a field more', { accessKey: 'CWAAAAAAAAAA', reason: 'leak' }],
    ['an empty key', { accessKey: '' }],
    ['a key that is no text', { accessKey: 1 }],
    ['an empty object', {}],
    ['a list', ['CWAAAAAAAAAA']],
    ['a body that is no JSON', '{"accessKey":'],
    ['no body', undefined],
  ])('%s', async (_, body) => {
    c.api.store.add(key('CWAAAAAAAAAA'));
    expect(await c.send('POST', KEY_PATH, body)).toEqual(INVALID);
    expect(c.api.store.status('CWAAAAAAAAAA')).toBe('ACTIVE');
  });
  test('unknown fields, unless the switch lets them pass: then nothing is revoked all the same', async () => {
    c.api.store.add(key('CWAAAAAAAAAA'));
    c.api.switches.unknownFields = 'not-found';
    expect(await c.send('POST', KEY_PATH, { accessKeyId: 'CWAAAAAAAAAA' })).toEqual(NOT_FOUND);
    c.api.switches.unknownFields = 'accept';
    expect(await c.send('POST', KEY_PATH, { accessKeyId: 'CWAAAAAAAAAA' })).toEqual(DONE);
    expect(c.api.store.status('CWAAAAAAAAAA')).toBe('ACTIVE');
  });
  test.each([
    ['POST', '/v1/cwobject/revoke-access-key'],
    ['POST', '/revoke-access-key/access-key'],
    ['POST', '//v1/cwobject/revoke-access-key/access-key'],
    ['POST', `${KEY_PATH}/`],
    ['GET', '/v1/cwobject/access-key/a/b'],
    ['GET', '/'],
  ])('the path: %s %s is not found', async (method, path) => {
    expect(await c.send(method, path, method === 'GET' ? undefined : { accessKey: 'CWAAAAAAAAAA' })).toEqual(NOT_FOUND);
  });
  test('the method', async () => {
    expect(await c.send('GET', KEY_PATH)).toEqual(error(501, 12));
    expect(await c.send('DELETE', '/v1/cwobject/access-key/CWAAAAAAAAAA')).toEqual(error(501, 12));
    expect(await c.send('POST', '/v1/cwobject/access-key-status', {})).toEqual(error(501, 12));
  });
  test('an unknown path, which a proxy may answer with a page', async () => {
    c.api.switches.unknownPath = 'html';
    const response = await fetch(`${c.api.url}/v2/x`);
    expect([response.status, response.headers.get('content-type')]).toEqual([404, 'text/html']);
  });
});
