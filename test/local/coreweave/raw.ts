/** A started fake API with one key, and calls that show the HTTP answer as it came. */
import { startFakeApi } from '../../../local/coreweave/server.ts';

/** Status, content type and text of an answer. */
export const seen = async (response: Promise<Response>) => {
  const { status, headers } = await response;
  return { status, type: headers.get('content-type'), body: await (await response).text() };
};

/** The name of the error by which an answer broke, or `answered`. */
export const breaks = (response: Promise<Response>): Promise<string> =>
  response
    .then((answer) => answer.text())
    .then(
      () => 'answered',
      (error: Error) => error.name,
    );

export const startRaw = async () => {
  const api = await startFakeApi();
  const [id = ''] = api.store.createKeys('coreweave/owner');
  const call = (path: string, init: RequestInit = {}) =>
    fetch(`${api.url}/v1/cwobject${path}`, {
      ...init,
      redirect: 'manual',
      headers: { authorization: `Bearer ${api.token}` },
    });
  const post = (path: string, body: object, init: RequestInit = {}) =>
    call(path, { ...init, method: 'POST', body: JSON.stringify(body) });
  return {
    api,
    id,
    call,
    revokeKey: (init: RequestInit = {}) => post('/revoke-access-key/access-key', { accessKey: id }, init),
    revokePrincipal: (principalName: string) => post('/revoke-access-key/principal', { principalName }),
    statusShown: async () => {
      const { info } = (await (await call(`/access-key/${id}`)).json()) as { info: { status: string } };
      return info.status;
    },
  };
};
export type RawText = Awaited<ReturnType<typeof startRaw>>;
