/** Access keys, as far as revocation needs to know them. */

export interface KeyInfo {
  readonly id: string;
  /** Principal name; empty if the API did not say. */
  readonly owner: string;
  readonly live: boolean;
}

/**
 * What a read of one key showed. `gone` says how: deleted, expired, or unknown to the API. `unreadable`: the answer
 * proves nothing; `throttled`: the API, or our own rate limit, refused the read, which a flood of events can cause.
 */
export type KeyState =
  | { readonly kind: 'gone'; readonly how: 'deleted' | 'expired' | 'not-found' }
  | { readonly kind: 'live'; readonly owner: string }
  | { readonly kind: 'unreadable'; readonly throttled?: true; readonly retryAfterS?: number };

/**
 * Whose key it is. `known`: the owner, empty for a key that is gone; `deleted`: the API says so. `unknown`: neither a
 * read nor a listing showed it; `throttled` as in KeyState.
 */
export type KeyOwner =
  | { readonly kind: 'known'; readonly owner: string; readonly deleted?: true }
  | { readonly kind: 'unknown'; readonly throttled?: true; readonly retryAfterS?: number };

/** The live keys of the organization by owner. */
export interface KeyListing {
  /** Epoch ms at which the listing began: keys created later may be missing. */
  readonly begun: number;
  /** Ids of live keys of an owner, compared byte by byte; empty for an owner without any. */
  liveKeys(owner: string): readonly string[];
  /** Owners of all listed keys, live or not; empty: the API did not say. */
  owners(): readonly string[];
  /** Pages that were read. */
  readonly pages: number;
  /** Rows that are no keys: whose they are cannot be told. */
  readonly unreadable: number;
  /** The owner of a live key, empty if the API did not say; undefined: the listing shows no such live key. */
  ownerOf(accessKeyId: string): string | undefined;
  /** Whether a key of this owner is listed, live or not. */
  hasOwner(owner: string): boolean;
  /** Other owners of live keys whose names could be read as this one: whatever their case and Unicode form. */
  ownersLike(owner: string): readonly string[];
}

/** Key ids, at most 100 of them, with the count and SHA-256 of all (sorted, one per line). */
export interface KeyList {
  readonly count: number;
  readonly sha256: string;
  readonly ids: readonly string[];
}

const MAX_LISTED_IDS = 100;

export function keyList(ids: readonly string[], sha256: (text: string) => string): KeyList {
  const sorted = ids.toSorted();
  return { count: sorted.length, sha256: sha256(sorted.join('\n')), ids: sorted.slice(0, MAX_LISTED_IDS) };
}
