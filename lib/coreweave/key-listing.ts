/** The live keys of the organization by owner: listed once per batch, and again, shared, after revocations. */
import { foldName } from '../../events/names.ts';
import type { KeyListing } from '../model/key.ts';
import type { Clock } from '../ports.ts';
import { type ApiRequest, type ApiResponse, PAGE_SIZE } from './api.ts';
import type { ApiClient } from './client.ts';
import { type KeyPage, parseKeyPage } from './key-state.ts';

/** `unreadable`: the response in place of a page; it is the last item. */
export type PageResult =
  | { readonly kind: 'page'; readonly page: KeyPage; readonly response: ApiResponse }
  | { readonly kind: 'unreadable'; readonly response: ApiResponse };

/**
 * Pages through all keys without the status filter, since a suspended key is live. Order and total are undocumented, so
 * a key may come twice while keys are created; the page that is not full is the last one. (API reference,
 * ListAccessKeyInfo)
 */
export async function* keyPages(send: (request: ApiRequest) => Promise<ApiResponse>): AsyncGenerator<PageResult, void> {
  for (let offset = 0; ; offset += PAGE_SIZE) {
    const response = await send({ call: 'list-keys', offset });
    const page = parseKeyPage(response);
    if (page === undefined) {
      yield { kind: 'unreadable', response };
      return;
    }
    yield { kind: 'page', page, response };
    if (page.rows < PAGE_SIZE) return;
  }
}

/** `byOwner`: ids of live keys, also of an owner without any. Names are folded with the first question for it. */
export function keyListing(begun: number, byOwner: ReadonlyMap<string, ReadonlySet<string>>): KeyListing {
  let folded: Map<string, string[]> | undefined;
  return {
    begun,
    liveKeys: (owner) => [...(byOwner.get(owner) ?? [])],
    hasOwner: (owner) => byOwner.has(owner),
    ownersLike(owner) {
      folded ??= Map.groupBy(
        [...byOwner.keys()].filter((name) => byOwner.get(name)?.size !== 0),
        foldName,
      );
      return (folded.get(foldName(owner)) ?? []).filter((name) => name !== owner);
    },
  };
}

/** Undefined: a page could not be read before `endsAt` (epoch ms). */
export async function listLiveKeys(client: ApiClient, clock: Clock, endsAt: number): Promise<KeyListing | undefined> {
  const begun = clock.now();
  const byOwner = new Map<string, Set<string>>();
  for await (const result of keyPages((request) => client.send(request, endsAt))) {
    if (result.kind === 'unreadable') return undefined;
    for (const { id, owner, live } of result.page.keys) {
      const ids = byOwner.get(owner) ?? new Set();
      byOwner.set(owner, live ? ids.add(id) : ids);
    }
  }
  return keyListing(begun, byOwner);
}
