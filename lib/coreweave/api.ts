/**
 * Requests to the CoreWeave AI Object Storage API and its responses, as values. Paths and action names occur in this
 * folder only.
 */
import type { AccessKeyId, PrincipalName } from '../../events/ids.ts';

/** The audit records name these paths. (API reference, endpoints) */
export const REVOKE_PATHS = {
  'revoke-key': '/v1/cwobject/revoke-access-key/access-key',
  'revoke-principal': '/v1/cwobject/revoke-access-key/principal',
} as const;

/** Permissions that the two revocations need. (API reference, permissions) */
export const REVOKE_ACTIONS = {
  'revoke-key': 'cwobject:RevokeAccessKeyByAccessKey',
  'revoke-principal': 'cwobject:RevokeAccessKeysByPrincipal',
} as const;

/** Keys on one page of `list-keys`, the most that the API allows. A shorter page is the last one. */
export const PAGE_SIZE = 1_000;

export type ApiRequest =
  | { readonly call: 'revoke-key'; readonly accessKeyId: AccessKeyId }
  | { readonly call: 'revoke-principal'; readonly principalName: PrincipalName }
  /** Also for ids that the API has listed and no event could name. */
  | { readonly call: 'read-key'; readonly accessKeyId: string }
  | { readonly call: 'list-keys'; readonly offset: number }
  | { readonly call: 'can-i'; readonly action: string }
  /** Whose token it is. (Terraform provider, caller identity) */
  | { readonly call: 'whoami' };

const MAX_RESPONSE_BYTES = 65_536;
/**
 * A page of 1,000 keys, each with 15 attributes and the 200 groups that Microsoft Entra ID puts into a token at most,
 * with names as long as a value may be: 14.7 MiB.
 */
const MAX_LIST_RESPONSE_BYTES = 16 * 1_048_576;

/** A request as HTTP sends it. */
export interface HttpCall {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly body?: string;
  /** A longer response counts as unreadable. */
  readonly maxBytes: number;
}

/** The field of a key revocation is `accessKey`, not `accessKeyId`. (API reference, endpoints) */
export function httpCall(request: ApiRequest): HttpCall {
  switch (request.call) {
    case 'revoke-key':
      return post(REVOKE_PATHS[request.call], { accessKey: request.accessKeyId });
    case 'revoke-principal':
      return post(REVOKE_PATHS[request.call], { principalName: request.principalName });
    case 'read-key':
      return get(`/v1/cwobject/access-key/${encodeURIComponent(request.accessKeyId)}`, MAX_RESPONSE_BYTES);
    case 'list-keys':
      return get(`/v1/cwobject/access-key?offset=${request.offset}&limit=${PAGE_SIZE}`, MAX_LIST_RESPONSE_BYTES);
    case 'can-i':
      return post('/v1/cwobject/auth/can-i', { actions: [request.action], resources: ['*'] });
    case 'whoami':
      return get('/v1beta1/auth/whoami', MAX_RESPONSE_BYTES);
  }
}

const get = (path: string, maxBytes: number): HttpCall => ({ method: 'GET', path, maxBytes });
const post = (path: string, body: object): HttpCall => ({
  method: 'POST',
  path,
  body: JSON.stringify(body),
  maxBytes: MAX_RESPONSE_BYTES,
});

/**
 * Why there was no readable response. `token`: nothing was sent because no API token was available. After every other
 * fault the effect of the call is unknown.
 */
export type Fault = 'connect' | 'reset' | 'timeout' | 'token';

/** Never carries headers, tokens or the text of an error. */
export type ApiResponse =
  | {
      readonly kind: 'answer';
      readonly status: number;
      /** The parsed JSON body; undefined if it was no JSON, cut off, or over the size limit. */
      readonly body: unknown;
      /** The `retry-after` and `date` headers as received. */
      readonly retryAfter?: string;
      readonly date?: string;
      readonly latencyMs: number;
    }
  /** `sent: false`: no slot of the rate limit came in time. */
  | { readonly kind: 'fault'; readonly fault: Fault; readonly latencyMs: number; readonly sent?: false };

export interface Api {
  /** Sends one request once; after a 401 once more with a renewed token. Never rejects. */
  send(request: ApiRequest, timeoutMs: number): Promise<ApiResponse>;
}
