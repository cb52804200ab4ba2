/** The live keys of the organization by owner: listed once per batch, and again, shared, after revocations. */
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

/** Undefined: a page could not be read before `endsAt` (epoch ms). */
export async function listLiveKeys(client: ApiClient, clock: Clock, endsAt: number): Promise<KeyListing | undefined> {
  const begun = clock.now();
  const byOwner = new Map<string, Set<string>>();
  for await (const result of keyPages((request) => client.send(request, endsAt))) {
    if (result.kind === 'unreadable') return undefined;
    for (const { id, owner, live } of result.page.keys) {
      if (!live) continue;
      const ids = byOwner.get(owner) ?? new Set();
      byOwner.set(owner, ids.add(id));
    }
  }
  return {
    begun,
    liveKeys: (owner) => [...(byOwner.get(owner) ?? [])],
    ownerOf: (id) => [...byOwner].find(([, ids]) => ids.has(id))?.[0],
  };
}
