/** All keys of the organization, listed page by page: who owns them, and which are live. */
import { foldName } from '../../events/names.ts';
import type { KeyListing } from '../model/key.ts';
import type { Clock, Log } from '../ports.ts';
import { type ApiRequest, type ApiResponse, PAGE_SIZE } from './api.ts';
import type { ApiClient } from './client.ts';
import { type KeyPage, parseKeyPage } from './key-state.ts';
import { isThrottled } from './meaning.ts';

/** Reads of one listing at most: 496,008 rows, if none vanishes meanwhile. */
export const MAX_PAGES = 500;
/** Rows that a page repeats of the one before it. */
const OVERLAP = 8;
/** Rows that the listing goes back if the two share none. */
const STEP_BACK = PAGE_SIZE / 2;
/** UTF-16 units of all ids and owners that one listing keeps at most. */
const MAX_LISTED_LENGTH = 32_000_000;

/** Why a listing is given up: an API, or something before it, that never ends must not cost the whole invocation. */
type Unbounded = 'same-page' | 'too-many-pages' | 'too-long';

/** `unreadable`: the response in place of a page, or why there is no further one; it is the last item. */
export type PageResult =
  | { readonly kind: 'page'; readonly page: KeyPage; readonly response: ApiResponse; readonly why?: undefined }
  | { readonly kind: 'unreadable'; readonly response: ApiResponse; readonly why?: Unbounded };

/**
 * Pages through all keys without the status filter, since a suspended key is live. Order and total are undocumented, so
 * a key may come twice; the page that is not full is the last one. Rows that vanish before the offset would hide as
 * many others: a page must begin with a key of the one before it, or the listing goes back. A full page with the keys
 * of the one before, or of the first, says that the offset is ignored. (API reference, ListAccessKeyInfo)
 */
export async function* keyPages(send: (request: ApiRequest) => Promise<ApiResponse>): AsyncGenerator<PageResult, void> {
  const known: KeyPage[] = [];
  let offset = 0;
  for (let read = 1; ; read += 1) {
    const response = await send({ call: 'list-keys', offset });
    const page = parseKeyPage(response);
    if (page === undefined) return yield { kind: 'unreadable', response };
    const isLast = page.rows < PAGE_SIZE;
    if (offset === 0 || continues(known.at(-1), page)) {
      if (!isLast && known.some((other) => isSamePage(page, other))) {
        return yield { kind: 'unreadable', response, why: 'same-page' };
      }
      // Stryker disable next-line StringLiteral: only `unreadable` is told apart
      yield { kind: 'page', page, response };
      if (isLast) return;
      known[known.length === 0 ? 0 : 1] = page;
      offset += PAGE_SIZE - OVERLAP;
    } else offset = Math.max(0, offset - STEP_BACK);
    if (read === MAX_PAGES) return yield { kind: 'unreadable', response, why: 'too-many-pages' };
  }
}

/** `byOwner`: ids of live keys, also of an owner without any. Names are folded with the first question for it. */
export function keyListing(
  { begun, pages, unreadable }: Pick<KeyListing, 'begun' | 'pages' | 'unreadable'>,
  byOwner: ReadonlyMap<string, ReadonlySet<string>>,
): KeyListing {
  let folded: Map<string, string[]> | undefined;
  return {
    begun,
    pages,
    unreadable,
    owners: () => [...byOwner.keys()],
    liveKeys: (owner) => [...(byOwner.get(owner) ?? [])],
    ownerOf: (id) => [...byOwner].find(([, ids]) => ids.has(id))?.[0],
    hasOwner: (owner) => byOwner.has(owner),
    ownersLike(owner) {
      folded ??= Map.groupBy(
        // Stryker disable next-line OptionalChaining: for the type only, each name is a key of the map
        [...byOwner.keys()].filter((name) => byOwner.get(name)?.size !== 0),
        foldName,
      );
      return (folded.get(foldName(owner)) ?? []).filter((name) => name !== owner);
    },
  };
}

/** Whether no row between the two was left out, in whatever order, as long as it stays the same. */
const continues = (before: KeyPage | undefined, { keys: [first] }: KeyPage): boolean =>
  before?.keys.some(({ id }) => id === first?.id) ?? false;

const isSamePage = (one: KeyPage, other: KeyPage): boolean =>
  // Stryker disable next-line OptionalChaining: for the type only, both have the same number of keys
  one.keys.length === other.keys.length && one.keys.every(({ id }, index) => id === other.keys[index]?.id);

/** Nothing else tells of a page that is answered, and is none: it may be too large, or the token may not list keys. */
function logUnreadable(log: Log, page: number, response: ApiResponse): void {
  // Stryker disable next-line ConditionalExpression: the first question is for the type only, a fault has no status
  if (response.kind === 'answer' && response.status < 500 && !isThrottled(response)) {
    log.warn('listing-unreadable', { page, status: response.status });
  }
}

/** Undefined: a page could not be read before `endsAt` (epoch ms), or the listing did not end within its bounds. */
export async function listLiveKeys(
  client: Pick<ApiClient, 'send'>,
  { clock, log }: { readonly clock: Clock; readonly log: Log },
  endsAt: number,
): Promise<KeyListing | undefined> {
  const begun = clock.now();
  const byOwner = new Map<string, Set<string>>();
  let length = 0;
  let pages = 0;
  let unreadable = 0;
  for await (const result of keyPages((request) => client.send(request, endsAt))) {
    // Stryker disable next-line EqualityOperator: equal only by a chance of one unit
    const why = length > MAX_LISTED_LENGTH ? 'too-long' : result.why;
    if (why !== undefined) log.warn('listing-unbounded', { why });
    else if (result.kind === 'unreadable') logUnreadable(log, pages + 1, result.response);
    if (why !== undefined || result.kind === 'unreadable') return undefined;
    pages += 1;
    unreadable += result.page.rows - result.page.keys.length;
    for (const { id, owner, live } of result.page.keys) {
      length += id.length + owner.length;
      const ids = byOwner.get(owner) ?? new Set();
      byOwner.set(owner, live ? ids.add(id) : ids);
    }
  }
  return keyListing({ begun, pages, unreadable }, byOwner);
}
