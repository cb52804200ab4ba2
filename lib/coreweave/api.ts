/** What we ask of the CoreWeave API, and what came back: values, so that everything above the socket is decided without one. */
import type { AccessKeyId, PrincipalName } from '../../events/ids.ts';

/** Where revocations go: what is called, and what the audit says was called. (API reference, endpoints) */
export const REVOKE_PATHS = {
  'revoke-key': '/v1/cwobject/revoke-access-key/access-key',
  'revoke-principal': '/v1/cwobject/revoke-access-key/principal',
} as const;

/** One call. Bodies and the other paths are the business of `lib/io/http/coreweave.ts`. */
export type ApiRequest =
  | { readonly call: 'revoke-key'; readonly accessKeyId: AccessKeyId }
  | { readonly call: 'revoke-principal'; readonly principalName: PrincipalName }
  /** Also for ids that the API has listed and no event could name. */
  | { readonly call: 'read-key'; readonly accessKeyId: string }
  | { readonly call: 'list-keys'; readonly offset: number }
  | { readonly call: 'can-i'; readonly action: string };

/** Keys on one page of `list-keys`, the most that the API allows. A shorter page is the last one. */
export const PAGE_SIZE = 1_000;

/**
 * Why there was no readable answer. `token`: nothing was sent because no API token could be had; after every other
 * fault the effect of the call is unknown.
 */
export type Fault = 'connect' | 'reset' | 'timeout' | 'token';

/** One observed attempt. Never carries headers, tokens or the text of an error. */
export type Observation =
  | {
      readonly kind: 'answer';
      readonly status: number;
      /** The parsed JSON body; undefined when it was no JSON, cut off, or over the size cap. */
      readonly body: unknown;
      /** The `retry-after` and `date` headers as received. */
      readonly retryAfter?: string;
      readonly date?: string;
      readonly latencyMs: number;
    }
  | { readonly kind: 'fault'; readonly fault: Fault; readonly latencyMs: number };
export interface Api {
  /** Sends one request once (a refused token is renewed and sent once more). Never rejects. */
  send(request: ApiRequest, timeoutMs: number): Promise<Observation>;
}
