import { expect, test } from 'vitest';
import { principalName } from '../../../../events/ids.ts';
import type { ApiRequest } from '../../../../lib/coreweave/api.ts';
import { parseKeyPage } from '../../../../lib/coreweave/key-state.ts';
import { json, loopback } from '../../../support/loopback.ts';
import { against, KEY, LIST, LONG_MS, REVOKE, SECRET } from './coreweave-client.ts';

const PRINCIPAL = principalName.parse('coreweave/ueqXfgRCYGqptEXAMPLE1');

/** A clock that moves on by 7 ms with each look. */
const steppingClock = (): (() => number) => {
  let now = 1_000;
  return () => {
    now += 7;
    return now;
  };
};

test.for<readonly [ApiRequest['call'], ApiRequest, string, string, string]>([
  ['revoke-key', REVOKE, 'POST', '/v1/cwobject/revoke-access-key/access-key', '{"accessKey":"CWABCDEFGHIJKLMN"}'],
  [
    'revoke-principal',
    { call: 'revoke-principal', principalName: PRINCIPAL },
    'POST',
    '/v1/cwobject/revoke-access-key/principal',
    '{"principalName":"coreweave/ueqXfgRCYGqptEXAMPLE1"}',
  ],
  ['read-key', { call: 'read-key', accessKeyId: KEY }, 'GET', '/v1/cwobject/access-key/CWABCDEFGHIJKLMN', ''],
  ['list-keys', { call: 'list-keys', offset: 2_000 }, 'GET', '/v1/cwobject/access-key?offset=2000&limit=1000', ''],
  [
    'can-i',
    { call: 'can-i', action: 'cwobject:ListAccessKeyInfo' },
    'POST',
    '/v1/cwobject/auth/can-i',
    '{"actions":["cwobject:ListAccessKeyInfo"],"resources":["*"]}',
  ],
])('%s is sent as the API documents it', async ([, request, method, path, body]) => {
  const { server, api } = await against(json(200, {}));
  await api.send(request, LONG_MS);
  const ofBody = { 'content-type': 'application/json', 'content-length': String(body.length) };
  const headers = {
    host: server.url.host,
    connection: 'keep-alive',
    accept: 'application/json',
    authorization: `Bearer ${SECRET}`,
    'user-agent': 'coreweave-revocation-handler',
    ...(method === 'POST' && ofBody),
  };
  expect(server.seen).toEqual([{ method, path, body, headers }]);
});

test('a response carries status, body, retry-after and date, and the latency by the given clock', async () => {
  const headers = { 'retry-after': '120', date: 'Mon, 23 Nov 2026 09:30:00 GMT', 'x-other': 'dropped' };
  const { api } = await against(json(429, { code: 8, message: 'slow down' }, headers), { now: steppingClock() });
  expect(await api.send(REVOKE, LONG_MS)).toEqual({
    kind: 'answer',
    status: 429,
    body: { code: 8, message: 'slow down' },
    retryAfter: '120',
    date: 'Mon, 23 Nov 2026 09:30:00 GMT',
    latencyMs: 7,
  });
});

test('an informational response is not taken for the answer', async () => {
  const { api } = await against((response) => {
    response.writeEarlyHints({ link: '</style.css>; rel=preload' }, () => response.writeHead(200).end('{}'));
  });
  expect(await api.send(REVOKE, LONG_MS)).toMatchObject({ kind: 'answer', status: 200, body: {} });
});

test('a redirect is an answer: neither the request nor the token goes on to the other place', async () => {
  const other = await loopback(json(200, {}));
  const { server, api } = await against(json(307, {}, { location: `${other.url}v1` }));
  expect(await api.send(REVOKE, LONG_MS)).toMatchObject({ kind: 'answer', status: 307 });
  expect([server.seen.length, other.seen.length]).toEqual([1, 0]);
});

test.for([
  ['HTML', Buffer.from('<html>502</html>')],
  ['nothing', Buffer.alloc(0)],
  ['cut JSON', Buffer.from('{"info":')],
  ['JSON that is no UTF-8', Buffer.from([0x22, 0xff, 0x22])],
] as const)('a body of %s is undefined', async ([, body]) => {
  const { api } = await against((response) => response.writeHead(502).end(body));
  expect(await api.send(REVOKE, LONG_MS)).toEqual({
    kind: 'answer',
    status: 502,
    body: undefined,
    date: expect.any(String),
    latencyMs: expect.any(Number),
  });
});

/** A JSON string of exactly `size` bytes. */
const jsonOf = (size: number): string => `"${'x'.repeat(size - 2)}"`;

test.for([
  ['revoke-key', REVOKE, 65_536],
  ['list-keys', LIST, 16 * 1_048_576],
] as const)(
  'the body of %s is read up to its cap; over it, it is dropped and the connection closed',
  async ([, request, cap]) => {
    let size = cap;
    const { server, api } = await against((response) => response.writeHead(200).end(jsonOf(size)));
    expect(await api.send(request, LONG_MS)).toMatchObject({ status: 200, body: 'x'.repeat(cap - 2) });
    size = cap + 1;
    expect(await api.send(request, LONG_MS)).toMatchObject({ kind: 'answer', status: 200, body: undefined });
    expect(await api.send({ call: 'list-keys', offset: 0 }, LONG_MS)).toMatchObject({ kind: 'answer', status: 200 });
    expect(server.connections.total).toBe(2);
  },
);

test('a page of 1,000 keys whose owners have 200 groups each is read', async () => {
  const texts = (count: number, length: number) => Array.from({ length: count }, (_, n) => `${n}`.padEnd(length, 'x'));
  const row = (n: number) => ({
    accessKeyId: `CW${String(n).padStart(14, '0')}`,
    status: 'ACTIVE',
    principalName: 'saml/user@example.com',
    attributes: Object.fromEntries(texts(15, 63).map((text) => [text, text])),
    multiAttributes: { groups: texts(200, 63) },
  });
  const info = Array.from({ length: 1_000 }, (_, n) => row(n));
  const { api } = await against((response) => response.writeHead(200).end(JSON.stringify({ info })));
  expect(parseKeyPage(await api.send(LIST, LONG_MS))).toMatchObject({ rows: 1_000 });
});

test('an endless body ends at the cap', async () => {
  const { api } = await against((response) => {
    const pour = (): void => {
      while (!response.destroyed && response.write('x'.repeat(16_384)));
      response.once('drain', pour);
    };
    response.writeHead(200);
    pour();
  });
  expect(await api.send(REVOKE, LONG_MS)).toMatchObject({ kind: 'answer', status: 200, body: undefined });
});
