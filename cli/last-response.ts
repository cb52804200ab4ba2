/** The response that says why an operation over many calls failed. */
import type { Api, ApiResponse } from '../lib/coreweave/api.ts';

/** An API that remembers its last response; `last`: undefined before the first. */
export function withLastResponse(api: Api): { readonly api: Api; last(): ApiResponse | undefined } {
  let last: ApiResponse | undefined;
  const send: Api['send'] = async (request, timeoutMs) => {
    last = await api.send(request, timeoutMs);
    return last;
  };
  return { api: { ...api, send }, last: () => last };
}
