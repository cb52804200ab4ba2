/** The live keys of the organisation by owner: listed once per batch before, and again, shared, after revocations. */

import type { Clock } from '../ports.ts';
import { pageOf } from './access-key.ts';
import { PAGE_SIZE } from './api.ts';
import type { Caller } from './client.ts';

export interface Listing {
  /** Epoch ms at which it was begun: keys minted later may be missing. */
  readonly begun: number;
  /** Ids of live keys by owner, byte-exact; empty for an owner without any. */
  liveKeys(owner: string): readonly string[];
}

export interface Inventory {
  /** The batch's first listing, shared by all its events; undefined when the API would not give one, or the breaker rests. A failed one is tried again by the next caller. */
  before(): Promise<Listing | undefined>;
  /** A listing begun after this call; callers that wait at the same time share one. Undefined as above. */
  after(): Promise<Listing | undefined>;
}

/** Takes the caller and the epoch ms at which the invocation ends; returns the inventory of one batch. */
export function createInventory(caller: Caller, clock: Clock, endsAt: number): Inventory {
  const list = () => listKeys(caller, clock, endsAt);
  let first: Promise<Listing | undefined> | undefined;
  let running: Promise<unknown> = Promise.resolve();
  let next: Promise<Listing | undefined> | undefined;

  return {
    before() {
      if (first === undefined && caller.rests()) return Promise.resolve(undefined);
      first ??= list().then((listing) => {
        if (listing === undefined) first = undefined;
        return listing;
      });
      return first;
    },
    after() {
      next ??= running.then(() => {
        next = undefined;
        const listing = list();
        running = listing;
        return listing;
      });
      return next;
    },
  };
}

/**
 * Pages through all keys without the status filter (a suspended key is live) and keeps the live ones. Order and total
 * are undocumented, so rows may come twice while keys are made; the last page is the one that is not full. (API
 * reference, ListAccessKeyInfo)
 */
async function listKeys(caller: Caller, clock: Clock, endsAt: number): Promise<Listing | undefined> {
  const begun = clock.now();
  const byOwner = new Map<string, Set<string>>();
  for (let offset = 0; ; offset += PAGE_SIZE) {
    const page = pageOf(await caller.send({ call: 'list-keys', offset }, endsAt));
    if (page === undefined) return undefined;
    for (const { id, owner, live } of page.keys) {
      if (!live) continue;
      const ids = byOwner.get(owner) ?? new Set();
      byOwner.set(owner, ids.add(id));
    }
    if (page.rows < PAGE_SIZE) break;
  }
  return { begun, liveKeys: (owner) => [...(byOwner.get(owner) ?? [])] };
}
