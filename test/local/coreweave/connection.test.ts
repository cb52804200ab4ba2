import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { fault } from '../../../local/coreweave/faults.ts';
import { startFakeApi } from '../../../local/coreweave/server.ts';
import { breaks, type RawText, seen, startRaw } from './raw.ts';

let r: RawText;

beforeEach(async () => {
  r = await startRaw();
});
afterEach(() => r.api.close());

/** A revocation that its caller gives up once the server has it. */
const givenUp = async () => {
  const controller = new AbortController();
  const broken = breaks(r.revokeKey({ signal: controller.signal }));
  await expect.poll(() => r.api.requests.length, { interval: 1 }).toBe(1);
  controller.abort();
  return broken;
};

describe('the connection', () => {
  test('breaks before the effect', async () => {
    r.api.faults.plan('revoke-key', fault.reset('before'));
    expect(await breaks(r.revokeKey())).toBe('TypeError');
    expect(r.api.store.status(r.id)).toBe('ACTIVE');
  });
  test('breaks after the effect', async () => {
    r.api.faults.plan('revoke-key', fault.reset('after'));
    expect(await breaks(r.revokeKey())).toBe('TypeError');
    expect(r.api.store.status(r.id)).toBe('DELETED');
  });
  test('breaks in the middle of the body', async () => {
    r.api.faults.plan('read-key', fault.cut());
    const response = await r.call(`/access-key/${r.id}`);
    expect(response.status).toBe(200);
    expect(await breaks(Promise.resolve(response))).toBe('TypeError');
  });
  test.each(['skipped', 'applied'] as const)('stays without an answer, the effect %s', async (effect) => {
    r.api.faults.plan('revoke-key', fault.hang(effect));
    expect(await givenUp()).toBe('AbortError');
    expect(r.api.store.status(r.id)).toBe(effect === 'applied' ? 'DELETED' : 'ACTIVE');
  });
  test('brings the headers late', async () => {
    r.api.faults.plan('revoke-key', fault.slowHeaders(60_000));
    expect(await givenUp()).toBe('AbortError');
    expect(r.api.store.status(r.id)).toBe('DELETED');
  });
  test('brings the body late', async () => {
    r.api.faults.plan('revoke-key', fault.slowBody(60_000));
    const controller = new AbortController();
    const response = await r.revokeKey({ signal: controller.signal });
    expect(response.status).toBe(200);
    const broken = breaks(Promise.resolve(response));
    controller.abort();
    expect(await broken).toBe('AbortError');
  });
  test('that is slow only a little brings the true answer', async () => {
    r.api.faults.plan('any', fault.slowHeaders(5));
    r.api.faults.plan('any', fault.slowBody(5));
    expect([await seen(r.revokeKey()), await seen(r.revokeKey())]).toEqual([
      { status: 200, type: 'application/json', body: '{}' },
      { status: 200, type: 'application/json', body: '{}' },
    ]);
  });
  test('is counted, as are the requests at once', async () => {
    r.api.faults.plan('revoke-key', fault.slowHeaders(300), { times: 4 });
    await Promise.all([1, 2, 3, 4].map(() => seen(r.revokeKey())));
    expect(r.api.peak).toEqual({ connections: 4, inFlight: 4 });
    await seen(r.revokeKey());
    expect(r.api.peak.inFlight).toBe(4);
  });
});

test('a request is seen before it has an effect, so that a test can step between', async () => {
  const statuses: (string | undefined)[] = [];
  const watched = await startFakeApi({
    seed: [{ accessKeyId: 'CWAAAAAAAAAA', principalName: 'coreweave/owner' }],
    token: 'given',
    onRequest: ({ target = '' }) => statuses.push(watched.store.status(target)),
  });
  const response = await fetch(`${watched.url}/v1/cwobject/revoke-access-key/access-key`, {
    method: 'POST',
    headers: { authorization: 'Bearer given' },
    body: JSON.stringify({ accessKey: 'CWAAAAAAAAAA' }),
  });
  expect([response.status, statuses, watched.store.status('CWAAAAAAAAAA')]).toEqual([200, ['ACTIVE'], 'DELETED']);
  await watched.close();
  await watched.close();
});
