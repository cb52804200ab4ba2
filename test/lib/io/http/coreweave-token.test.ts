import { inspect } from 'node:util';
import { expect, test } from 'vitest';
import { parseApiToken, type TokenSource } from '../../../../lib/io/secrets/token.ts';
import { type Answer, json } from '../../../support/loopback.ts';
import { against, LONG_MS, REVOKE, SECRET, SHORT_MS } from './coreweave-client.ts';

/** Accepts one token only. */
const guarded =
  (value: string): Answer =>
  (response, seen, request) =>
    (seen.headers.authorization === `Bearer ${value}` ? json(200, {}) : json(401, { code: 16 }))(
      response,
      seen,
      request,
    );

const tokens = (current: () => Promise<string>, renew: () => Promise<string>) => {
  const calls: string[] = [];
  const source: TokenSource = {
    held: () => undefined,
    current: async () => parseApiToken(await current()),
    renew: async (refused) => {
      calls.push(refused.reveal());
      return parseApiToken(await renew());
    },
  };
  return { source, calls };
};
const gives = (value: string) => async () => value;
const fails = async (): Promise<string> => {
  throw new Error(`no ${SECRET}`);
};

test('a refused token is renewed and the request sent once more', async () => {
  const { source, calls } = tokens(gives('old'), gives('new'));
  const { server, api } = await against(guarded('new'), { token: source });
  expect(await api.send(REVOKE, LONG_MS)).toMatchObject({ kind: 'answer', status: 200 });
  expect(calls).toEqual(['old']);
  expect(server.seen.map(({ headers }) => headers.authorization)).toEqual(['Bearer old', 'Bearer new']);
});

test.for([
  ['brings the same token', gives('old'), 1, LONG_MS],
  ['fails', fails, 1, LONG_MS],
  ['brings a token that is refused too', gives('newer'), 2, LONG_MS],
  ['does not end', () => new Promise<string>(() => undefined), 1, 1_000],
] as const)('when the renewal %s, the 401 is the answer', async ([, renew, sent, timeoutMs]) => {
  const { source, calls } = tokens(gives('old'), renew);
  const { server, api } = await against(guarded('new'), { token: source });
  expect(await api.send(REVOKE, timeoutMs)).toMatchObject({ kind: 'answer', status: 401, body: { code: 16 } });
  expect(server.seen).toHaveLength(sent);
  expect(calls).toEqual(['old']);
});

test('both tries share one time-out', async () => {
  let time = 0;
  const slowRenewal = async () => {
    time = LONG_MS - SHORT_MS;
    return 'new';
  };
  const { source } = tokens(gives('old'), slowRenewal);
  const { api } = await against(
    (response, seen) => {
      if (seen.headers.authorization === 'Bearer old') response.writeHead(401).end();
    },
    { token: source, now: () => time },
  );
  const start = performance.now();
  expect(await api.send(REVOKE, LONG_MS)).toMatchObject({ kind: 'fault', fault: 'timeout' });
  expect(performance.now() - start).toBeLessThan(LONG_MS / 2);
});

test.for([
  ['cannot be had', fails],
  ['does not come in time', () => new Promise<string>(() => undefined)],
] as const)('a token that %s is a token fault, and nothing is sent', async ([, current]) => {
  const { server, api } = await against(json(200, {}), { token: tokens(current, fails).source });
  const observed = await api.send(REVOKE, SHORT_MS);
  expect(observed).toEqual({ kind: 'fault', fault: 'token', latencyMs: expect.any(Number) });
  expect(inspect(observed)).not.toContain(SECRET);
  expect(server.connections.total).toBe(0);
});
