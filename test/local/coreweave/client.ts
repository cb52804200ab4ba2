/** A started fake API and a client for it, with the calls as functions. */
import { expect } from 'vitest';
import { startFakeApi } from '../../../local/coreweave/server.ts';

interface Answer {
  readonly info?: readonly { readonly accessKeyId: string; readonly status: string }[];
}

export const KEY_PATH = '/v1/cwobject/revoke-access-key/access-key';
const PRINCIPAL_PATH = '/v1/cwobject/revoke-access-key/principal';

export const DONE = { status: 200, body: {} };
export const error = (status: number, code: number) => ({
  status,
  body: { code, message: expect.any(String), details: expect.any(Array) },
});
export const NOT_FOUND = error(404, 5);
export const INVALID = error(400, 3);

/** A key to add, of the principal `coreweave/owner`. */
export const key = (accessKeyId: string, more: object = {}) => ({
  accessKeyId,
  principalName: 'coreweave/owner',
  ...more,
});

export const startClient = async () => {
  const clock = { ms: 1_800_000_000_000, now: () => clock.ms };
  const api = await startFakeApi({ clock });
  const send = async (method: string, path: string, body?: unknown, token = api.token) => {
    const response = await fetch(`${api.url}${path}`, {
      method,
      headers: { authorization: `Bearer ${token}` },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    return { status: response.status, body: (await response.json()) as Answer };
  };
  return {
    api,
    clock,
    send,
    revokeKey: (accessKey: unknown) => send('POST', KEY_PATH, { accessKey }),
    revokePrincipal: (principalName: unknown) => send('POST', PRINCIPAL_PATH, { principalName }),
    list: (query = '') => send('GET', `/v1/cwobject/access-key${query}`),
    read: (id: string) => send('GET', `/v1/cwobject/access-key/${id}`),
    canI: (actions: unknown, resources: unknown = ['*']) =>
      send('POST', '/v1/cwobject/auth/can-i', { actions, resources }),
  };
};
export type Client = Awaited<ReturnType<typeof startClient>>;
