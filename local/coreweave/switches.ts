/** Undocumented behavior of the API, which tests can switch. Defaults are the more likely variants. */

export interface Switches {
  /** Revoking a key that reads `DELETED`. 200 [C: CoreWeave's own test fake]; 404 [G]. */
  secondRevoke: 'ok' | 'not-found';
  /** A principal without keys. 200 `{}` or 404: both [G]. */
  emptyPrincipal: 'ok' | 'not-found';
  /**
   * A body with a field that the call does not have. Refused (400), or left out and then missing: 404, or 200: all [G].
   */
  unknownFields: 'refuse' | 'not-found' | 'accept';
  /** How long a revoked key still reads `DELETED` before it is unknown [C: "until the service removes it"]. */
  purgeDeletedAfterMs: number;
  /** The order of the list is undocumented [G]. `shifting`: another one for each request, so that pages overlap. */
  listOrder: 'insertion' | 'scattered' | 'shifting';
  /** A path that the API does not have: grpc-gateway answers an API error body [C]; a proxy before it a page [G]. */
  unknownPath: 'status' | 'html' | 'text';
  /** Actions (`cwobject:…`) that the token may not do: 403 for the call, a false verdict of can-i [D]. */
  forbidden: ReadonlySet<string>;
  /** `uid` of the owner of the token. */
  tokenOwner: string;
  /** Which requests are over the rate limit, which is undocumented [G]: 429 with `Retry-After: 1`. `at` in epoch ms. */
  overLimit: (request: { readonly method: string; readonly at: number }) => boolean;
}

/** A fresh set of switches. */
export const defaultSwitches = (): Switches => ({
  secondRevoke: 'ok',
  emptyPrincipal: 'ok',
  unknownFields: 'refuse',
  purgeDeletedAfterMs: Number.POSITIVE_INFINITY,
  listOrder: 'insertion',
  unknownPath: 'status',
  forbidden: new Set(),
  tokenOwner: 'uRevocationHandler',
  overLimit: () => false,
});
