import { expect, test } from 'vitest';
import { type Answer, json, silence } from '../../../support/loopback.ts';
import { against, client, LIST, LONG_MS, REVOKE, SHORT_MS } from './coreweave-client.ts';

test('a body that is cut off is undefined, and the status is kept', async () => {
  const { api } = await against((response) => {
    response.writeHead(503, { 'content-length': '100', 'retry-after': '1' });
    response.write('{"code":14', () => response.destroy());
  });
  expect(await api.send(REVOKE, LONG_MS)).toMatchObject({
    kind: 'answer',
    status: 503,
    retryAfter: '1',
    body: undefined,
  });
});

test('a connection that ends before the status is a reset', async () => {
  const { server, api } = await against((_, __, request) => request.socket.resetAndDestroy());
  expect(await api.send(REVOKE, LONG_MS)).toEqual({ kind: 'fault', fault: 'reset', latencyMs: expect.any(Number) });
  expect(server.seen).toHaveLength(1);
});

test('a connection that ends after an informational response is a reset', async () => {
  const { api } = await against((response, _, request) => {
    response.writeEarlyHints({ link: '</style.css>; rel=preload' }, () => request.socket.destroy());
  });
  expect(await api.send(REVOKE, LONG_MS)).toMatchObject({ kind: 'fault', fault: 'reset' });
});

test('an answer that is no HTTP is a reset', async () => {
  const { api } = await against((_, __, request) => request.socket.end('SSH-2.0-OpenSSH\r\n'));
  expect(await api.send(REVOKE, LONG_MS)).toMatchObject({ kind: 'fault', fault: 'reset' });
});

test('a refused connection, failed TLS handshake and closed client are connect faults without a request', async () => {
  const { server, api } = await against(json(200, {}));
  expect(await client(new URL(`https://${server.url.host}`)).send(REVOKE, LONG_MS)).toMatchObject({ fault: 'connect' });
  await server.close();
  expect(await api.send(REVOKE, LONG_MS)).toMatchObject({ kind: 'fault', fault: 'connect' });
  await api.close();
  expect(await api.send(REVOKE, LONG_MS)).toMatchObject({ kind: 'fault', fault: 'connect' });
  expect(server.seen).toEqual([]);
});

test.for<readonly [string, Answer]>([
  ['before the headers', silence],
  ['in the body', (response) => response.writeHead(200, { 'content-length': '10' }).write('{')],
  [
    'in a body that drips',
    (response) => {
      response.writeHead(200);
      const drip = setInterval(() => response.write(' '), 5);
      response.on('close', () => clearInterval(drip));
    },
  ],
])('silence %s ends at the time-out, and the connection is given up', async ([, answer]) => {
  const { server, api } = await against(answer);
  const closed = new Promise((resolve) => server.server.once('connection', (socket) => socket.once('close', resolve)));
  const start = performance.now();
  expect(await api.send(REVOKE, SHORT_MS)).toEqual({ kind: 'fault', fault: 'timeout', latencyMs: expect.any(Number) });
  expect(performance.now() - start).toBeLessThan(LONG_MS / 2);
  await closed;
});

test('a call that times out while it waits for a connection is never sent', async () => {
  const { server, api } = await against(
    (response, { path }) => {
      if (path.includes('offset')) response.end('{}');
    },
    { connections: 1 },
  );
  const [first, second] = await Promise.all([api.send(REVOKE, 2 * SHORT_MS), api.send(REVOKE, SHORT_MS)]);
  expect([first, second]).toMatchObject([{ fault: 'timeout' }, { fault: 'timeout' }]);
  expect(await api.send(LIST, LONG_MS)).toMatchObject({ kind: 'answer', status: 200 });
  expect(server.seen.map(({ method }) => method)).toEqual(['POST', 'GET']);
});

test('200 calls at once share the connections that are allowed', async () => {
  const { server, api } = await against((response) => setImmediate(() => response.end('{}')), { connections: 8 });
  const observed = await Promise.all(Array.from({ length: 200 }, () => api.send(REVOKE, LONG_MS)));
  expect(observed.filter((one) => one.kind === 'answer' && one.status === 200)).toHaveLength(200);
  expect(server.connections.most).toBeLessThanOrEqual(8);
  expect(server.connections.total).toBe(8);
});

test('calls after each other use one connection, and a new one when the server has closed it', async () => {
  const { server, api } = await against(json(200, {}), { connections: 1 });
  for (let call = 0; call < 5; call += 1) await api.send(REVOKE, LONG_MS);
  expect(server.connections.total).toBe(1);
  server.server.closeIdleConnections();
  expect(await api.send(REVOKE, LONG_MS)).toMatchObject({ kind: 'answer', status: 200 });
  expect(server.connections.total).toBe(2);
});
