/** Requests as HTTP sends them: method, path and body are the API's, so each is written out. */
import { expect, it } from 'vitest';
import { accessKeyId, principalName } from '../../../events/ids.ts';
import { type ApiRequest, type HttpCall, httpCall } from '../../../lib/coreweave/api.ts';
import { KEY_ID, PRINCIPAL } from '../../support/event-factory.ts';

const SHORT = 65_536;

it.each<[ApiRequest, Omit<HttpCall, 'body'>, object?]>([
  [
    { call: 'revoke-key', accessKeyId: accessKeyId.parse(KEY_ID) },
    { method: 'POST', path: '/v1/cwobject/revoke-access-key/access-key', maxBytes: SHORT },
    { accessKey: KEY_ID },
  ],
  [
    { call: 'revoke-principal', principalName: principalName.parse(PRINCIPAL) },
    { method: 'POST', path: '/v1/cwobject/revoke-access-key/principal', maxBytes: SHORT },
    { principalName: PRINCIPAL },
  ],
  [
    { call: 'read-key', accessKeyId: KEY_ID },
    { method: 'GET', path: `/v1/cwobject/access-key/${KEY_ID}`, maxBytes: SHORT },
  ],
  [
    { call: 'list-keys', offset: 2_000 },
    { method: 'GET', path: '/v1/cwobject/access-key?offset=2000&limit=1000', maxBytes: 16_777_216 },
  ],
  [
    { call: 'can-i', action: 'cwobject:RevokeAccessKeyByAccessKey' },
    { method: 'POST', path: '/v1/cwobject/auth/can-i', maxBytes: SHORT },
    { actions: ['cwobject:RevokeAccessKeyByAccessKey'], resources: ['*'] },
  ],
  [{ call: 'whoami' }, { method: 'GET', path: '/v1beta1/auth/whoami', maxBytes: SHORT }],
])('httpCall: %j', (request, expected, body) => {
  expect(httpCall(request)).toEqual(body === undefined ? expected : { ...expected, body: JSON.stringify(body) });
});

it('httpCall escapes an id that the API has listed and that would change the path', () => {
  expect(httpCall({ call: 'read-key', accessKeyId: '../a?b#c' }).path).toBe('/v1/cwobject/access-key/..%2Fa%3Fb%23c');
});
