/**
 * The key snapshot: the live keys of an event's principals when the event was first seen. Keys created later may be
 * replacements.
 */
import type { PrincipalName } from '../../events/ids.ts';
import type { Invocation } from '../context.ts';
import type { IsApproved } from '../ledger/approval.ts';
import { type EventRow, fitsInRow } from '../ledger/event-row.ts';
import type { Lease } from '../ledger/events.ts';
import { type Disposition, heldBy, retryLater } from '../model/disposition.ts';
import type { KeyListing } from '../model/key.ts';
import { type CheckedKind, firstHold, SAFETY_CHECKS } from '../revoke/checks.ts';

/** How old a listing may be, in ms, for a principal-wide call that must not reach keys beyond it. */
export const MAX_LISTING_AGE_MS = 5_000;

export const LISTING_FAILED = retryLater('listing-failed');

export interface Snapshot {
  readonly listing: KeyListing;
  readonly keys: readonly string[];
  /** Whose keys those are. */
  readonly owners: readonly PrincipalName[];
  /** It was taken in this delivery. */
  readonly first: boolean;
}

interface SnapshotRequest {
  readonly kind: CheckedKind;
  readonly lease: Lease;
  readonly principals: readonly PrincipalName[];
  /** The names that the event has for them. */
  readonly named: readonly PrincipalName[];
  /** An approved offboarding may have more keys than a row keeps: all of them are revoked. */
  readonly approved: IsApproved;
}

/** The event's snapshot, which the row keeps from now on, or why there is none. */
export async function takeSnapshot(
  { keys: listings }: Invocation,
  { kind, lease, principals, named, approved }: SnapshotRequest,
): Promise<Snapshot | Disposition> {
  const listing = await listings.first();
  if (listing === undefined) return LISTING_FAILED;
  const row = lease.row();
  if (row.fence !== undefined) return { listing, ...storedSnapshot(row, row.fence), first: false };
  const owners = principals.filter((principal) => listing.liveKeys(principal).length > 0);
  const keys = owners.flatMap((principal) => listing.liveKeys(principal));
  const hold = await firstHold(SAFETY_CHECKS.snapshot, { kind, facts: { keys }, approved });
  if (hold !== undefined) return heldBy(hold);
  await lease.update({
    principals: [...principals],
    ...(principals === named ? {} : { named: [...named] }),
    ...(fitsInRow(keys) ? { fence: keys, owners } : {}),
  });
  return { listing, keys, owners, first: true };
}

const storedSnapshot = (
  { owners, principals }: EventRow,
  keys: readonly string[],
): Pick<Snapshot, 'keys' | 'owners'> => ({
  keys,
  // Stryker disable next-line ArrayDeclaration: only principals are looked up
  owners: owners ?? (keys.length > 0 ? principals : []),
});

/** How to revoke: a call by principal reaches every key that exists; calls by key reach the snapshot alone. */
export const revocationScope = ({
  late,
  first,
  ageMs,
}: {
  readonly late: boolean;
  readonly first: boolean;
  readonly ageMs: number;
}): 'principal' | 'keys' => (late || (first && ageMs <= MAX_LISTING_AGE_MS) ? 'principal' : 'keys');
