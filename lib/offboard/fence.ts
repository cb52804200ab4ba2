/** The fence: the live keys of an event's principals when it was first seen. What was minted later is someone's replacement. */

import type { PrincipalName } from '../../events/ids.ts';
import type { Work } from '../context.ts';
import type { Listing } from '../coreweave/list-keys.ts';
import type { EventRow } from '../ledger/event-row.ts';
import type { Lead } from '../ledger/ledger.ts';
import type { Settlement } from '../model/settlement.ts';

/** Most keys in a fence. Ids of up to 22 characters then also stay under MAX_FENCE_BYTES. */
export const MAX_FENCE_KEYS = 15_000;
/** Bytes that a fence may take, three of overhead counted for each id: the rest of DynamoDB's 400 KB is for the rest of the row. */
const MAX_FENCE_BYTES = 380_000;
/** How old a listing may be, in ms, for a principal-wide revocation that must not reach beyond it. */
export const FRESH_MS = 5_000;

/** Takes key ids; returns whether they can be kept as a fence. */
export const fits = (ids: readonly string[]): boolean =>
  ids.length <= MAX_FENCE_KEYS && ids.reduce((sum, id) => sum + id.length + 3, 0) <= MAX_FENCE_BYTES;

/**
 * Takes whether late keys are to be revoked too, whether the fence was made in this delivery, and how old its listing is
 * (ms); returns how to revoke. By principal reaches every key that exists; by key, only the fence.
 */
export const reach = ({
  late,
  first,
  ageMs,
}: {
  late: boolean;
  first: boolean;
  ageMs: number;
}): 'principal' | 'keys' => (late || (first && ageMs <= FRESH_MS) ? 'principal' : 'keys');
export const UNLISTED = { kind: 'retry', code: 'listing-failed' } as const;
/** The fence of an event, and what it was made of. */
export interface Fenced {
  readonly listing: Listing;
  readonly fence: readonly string[];
  /** Whose keys those are. */
  readonly owners: readonly PrincipalName[];
  /** It was made in this delivery. */
  readonly first: boolean;
}

export interface Fencing extends Lead {
  readonly principals: readonly PrincipalName[];
  /** More keys than a fence holds are no hindrance: late ones go too, and a person has said so. */
  readonly unfenced: boolean;
}

/** Takes the lead and the principals; returns the fence, which is in the row by then, or the settlement when there can be none. */
export async function takeFence(
  { invocation }: Work,
  { claim, keep, principals, unfenced }: Fencing,
): Promise<Fenced | Settlement> {
  const listing = await invocation.inventory.before();
  if (listing === undefined) return UNLISTED;
  if (claim.row.fence !== undefined) return { listing, ...fenceIn(claim.row, claim.row.fence), first: false };
  const owners = principals.filter((principal) => listing.liveKeys(principal).length > 0);
  const fence = owners.flatMap((principal) => listing.liveKeys(principal));
  const kept = fits(fence);
  if (!kept && !unfenced) return { kind: 'dead', reason: 'held-limit', detail: 'rule: more keys than a fence holds' };
  await keep({ principals: [...principals], ...(kept ? { fence, owners } : {}) });
  return { listing, fence, owners, first: true };
}

const fenceIn = ({ owners, principals }: EventRow, fence: readonly string[]): Pick<Fenced, 'fence' | 'owners'> => ({
  fence,
  // Stryker disable next-line ArrayDeclaration: nobody asks about what is no principal
  owners: owners ?? (fence.length > 0 ? principals : []),
});
