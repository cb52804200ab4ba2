/**
 * An event of our own reconciliation: claim, list, checks, limit, then each principal is revoked if the ledger still
 * says that it is offboarded. It writes no statement and no schedule, and asks for no follow-up check: the next
 * listing is the check.
 */
import type { PrincipalName } from '../../events/ids.ts';
import { approvedFor, type EventContext } from '../context.ts';
import type { IsApproved } from '../ledger/approval.ts';
import type { Lease } from '../ledger/events.ts';
import { combined, type Disposition, DONE, dispositionOf, heldBy, retryLater } from '../model/disposition.ts';
import type { KeyListing } from '../model/key.ts';
import type { TargetOutcome } from '../model/outcome.ts';
import { onlyTarget, principalTarget, type ReconcilePlan } from '../model/plan.ts';
import type { Hold } from '../model/reasons.ts';
import { CONCURRENT_PRINCIPALS, revokePrincipal } from '../offboard/revoke-principal.ts';
import { firstHold, SAFETY_CHECKS } from '../revoke/checks.ts';
import { withLease } from '../revoke/lease.ts';
import { mapWithConcurrency } from '../runtime/limit.ts';
import { isStillOffboarded } from './still-offboarded.ts';

const kind = 'reconciliation';

/** Rejects if the ledger, a record or a message cannot be written. */
export const processReconciliation = (context: EventContext, plan: ReconcilePlan): Promise<Disposition> =>
  withLease(context, true, (leased, lease) => processLeased(leased, [...new Set(plan.principals)], lease));

async function processLeased(
  context: EventContext,
  principals: readonly PrincipalName[],
  lease: Lease,
): Promise<Disposition> {
  const { runtime, invocation } = context;
  const listing = await invocation.keys.first();
  if (listing === undefined) return retryLater('listing-failed');
  const hold = await firstHoldOf(context, { principals, listing, approved: approvedFor(context, principals) });
  if (hold !== undefined) return heldBy(hold, onlyTarget(principals));

  const results = await mapWithConcurrency(CONCURRENT_PRINCIPALS, principals, (principal) =>
    revokeIfOffboarded(context, principal, { listing, listed: principals }),
  );
  const disposition = combined(results.flat().map((each) => dispositionOf(each, runtime.settings)));
  if (disposition.kind !== 'done') return disposition;
  await lease.update({ state: 'done', leaseUntil: 0 });
  return DONE;
}

interface Reconciled {
  readonly principals: readonly PrincipalName[];
  readonly listing: KeyListing;
  readonly approved: IsApproved;
}

/** All checks but the age, which is that of the run, and the reinstatement: the ledger decides that at the end. */
async function firstHoldOf(
  { runtime, event, sender: { authority } }: EventContext,
  { principals, listing, approved }: Reconciled,
): Promise<Hold | undefined> {
  const { time, source } = event;
  const facts = { runtime, principals, names: principals, authority, source, time };
  const hold = await firstHold(SAFETY_CHECKS.event, { kind, facts, approved });
  if (hold !== undefined) return hold;
  for (const principal of principals) {
    const keys = listing.liveKeys(principal);
    const ofPrincipal = { runtime, source, time, principal, keys, staged: false, admitted: false };
    const held = await firstHold(SAFETY_CHECKS.principal, { kind, facts: ofPrincipal, approved });
    if (held !== undefined) return held;
  }
  return undefined;
}

async function revokeIfOffboarded(
  context: EventContext,
  principal: PrincipalName,
  { listing, listed }: { readonly listing: KeyListing; readonly listed: readonly PrincipalName[] },
): Promise<readonly TargetOutcome[]> {
  // The last question before the call: the principal may be reinstated since the run listed the keys.
  if (!(await isStillOffboarded(context.runtime.ports, principal))) {
    const target = principalTarget(principal);
    await context.audit({ phase: 'note', name: 'Reconciliation Skipped', detail: 'not-offboarded', target });
    return [];
  }
  const snapshot = { listing, keys: [], owners: listed, first: true };
  const { results } = await revokePrincipal(context, { principal, named: false, late: true, snapshot });
  return results;
}
