import { expect, it, onTestFinished } from 'vitest';
import { exchange } from '../../../../lib/io/http/exchange.ts';
import { createPool } from '../../../../lib/io/http/pool.ts';
import { json, loopback } from '../../../support/loopback.ts';

/** A pool of connections to a server that answers the path `/late` only when told to, and a clock to be set. */
const started = async (connections = 8) => {
  const late = Promise.withResolvers<void>();
  const server = await loopback((response, seen, request) => {
    const answer = () => json(200, {})(response, seen, request);
    if (seen.path === '/late') void late.promise.then(answer);
    else answer();
  });
  const clock = { now: Date.UTC(2026, 10, 23) };
  const pool = createPool({ origin: server.url.origin, connections, now: () => clock.now });
  onTestFinished(() => pool.close());
  const get = async (path = '/') => {
    const asked = { method: 'GET', path, headers: {}, body: undefined, maxBytes: 100, timeoutMs: 10_000 } as const;
    const result = await pool.use((dispatcher) => exchange(dispatcher, asked));
    return result.kind === 'answer' ? result.status : result.fault;
  };
  return { server, clock, pool, get, answerLate: late.resolve };
};

it('createPool: uses a connection again while the clock runs', async () => {
  const { server, clock, get } = await started(1);
  for (let call = 0; call < 3; call += 1) {
    expect(await get()).toBe(200);
    clock.now += 4_000;
  }
  expect(server.connections.total).toBe(1);
});

it('createPool: uses none of its idle connections after a freeze, and ends them', async () => {
  const { server, clock, get } = await started();
  await Promise.all(Array.from({ length: 8 }, () => get()));
  expect(server.connections).toMatchObject({ open: 8, total: 8 });
  clock.now += 400_000;
  expect(await get()).toBe(200);
  await expect.poll(() => server.connections).toMatchObject({ open: 1, total: 9 });
});

it('createPool: ends an exchange that was under way before a freeze on its own connection', async () => {
  const { server, clock, get, answerLate } = await started();
  const slow = get('/late');
  await expect.poll(() => server.seen.length).toBe(1);
  clock.now += 400_000;
  expect(await get()).toBe(200);
  answerLate();
  expect(await slow).toBe(200);
  expect(server.connections.total).toBe(2);
});

it('createPool: uses none of its idle connections when an exchange from before a freeze ends first', async () => {
  const { server, clock, get, answerLate } = await started();
  await Promise.all(Array.from({ length: 7 }, () => get()));
  const slow = get('/late');
  await expect.poll(() => server.seen.length).toBe(8);
  const before = server.connections.total;
  clock.now += 400_000;
  answerLate();
  expect(await slow).toBe(200);
  expect(await get()).toBe(200);
  expect(server.connections.total).toBe(before + 1);
});

it('createPool: closes after what was under way on connections from before a freeze', async () => {
  const { server, clock, pool, get, answerLate } = await started();
  const slow = get('/late');
  await expect.poll(() => server.seen.length).toBe(1);
  clock.now += 400_000;
  await get();
  const order: string[] = [];
  const closed = pool.close().then(() => order.push('closed'));
  void slow.then(() => order.push('answered'));
  answerLate();
  await closed;
  expect(order).toEqual(['answered', 'closed']);
  clock.now += 400_000;
  expect(await get()).toBe('connect');
});
