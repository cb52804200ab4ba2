/** Clients of the CoreWeave API against loopback servers, and what the tests of them share. */
import { onTestFinished } from 'vitest';
import { accessKeyId } from '../../../../events/ids.ts';
import type { ApiRequest } from '../../../../lib/coreweave/api.ts';
import { createCoreweaveApi } from '../../../../lib/io/http/coreweave.ts';
import { fixedToken, parseApiToken, type TokenSource } from '../../../../lib/io/secrets/token.ts';
import { type Answer, loopback } from '../../../support/loopback.ts';

export const KEY = accessKeyId.parse('CWABCDEFGHIJKLMN');
export const SECRET = `CW-SECRET-${'s'.repeat(32)}`;
export const REVOKE: ApiRequest = { call: 'revoke-key', accessKeyId: KEY };
export const LIST: ApiRequest = { call: 'list-keys', offset: 0 };
/** Time-outs in ms: one that is never reached, and one that the tests wait for. */
export const LONG_MS = 10_000;
export const SHORT_MS = 60;

/** A client that is closed with the test. */
export const client = (url: URL, options: { connections?: number; token?: TokenSource; now?: () => number } = {}) => {
  const { connections = 4, token = fixedToken(parseApiToken(SECRET)), now = () => performance.now() } = options;
  const api = createCoreweaveApi({ url, connections, token, now });
  onTestFinished(() => api.close());
  return api;
};

/** A server that answers so, and a client of it. */
export const against = async (answer: Answer, options: Parameters<typeof client>[1] = {}) => {
  const server = await loopback(answer);
  return { server, api: client(server.url, options) };
};
