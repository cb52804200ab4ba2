/** One delivery at a time processes an event whose repetition could revoke replacement keys. */
import { approvedFor, type EventContext, latestNow, withApprovals } from '../context.ts';
import type { EventRow } from '../ledger/event-row.ts';
import { bodyHash, type ClaimRefusal, claimEvent, eventKey, type Lease, leaseOf } from '../ledger/events.ts';
import { CONFLICT, type Disposition, DONE, retryLater } from '../model/disposition.ts';
import { namedTarget, planOf } from '../model/plan.ts';

/** How long after the invocation's end a lease is held, in ms. */
const LEASE_SLACK_MS = 5_750;

/**
 * What `work` returns, or what follows if another delivery processes the event or has. `work` gets the context with the
 * approvals of the row. `late`: as in EventRow. Rejects as `work` does, and if the ledger or a record cannot be
 * written.
 */
export async function withLease(
  context: EventContext,
  late: boolean,
  work: (context: EventContext, lease: Lease) => Promise<Disposition>,
): Promise<Disposition> {
  const { ports } = context.runtime;
  // A replay has deleted the dead letter: if the row was closed since, no other delivery would process the event.
  const reopens = context.redriven || context.delivery.replays > 0;
  const replaces = approvedFor(context, [])({ reason: 'held-conflict' });
  const request = { row: newRow(context, late), reopens, replaces };
  const claim = await claimEvent(ports, eventKey(ports, context.event), request, latestNow(context));
  if ('kind' in claim) return notClaimed(context, claim.kind);
  const lease = leaseOf(ports, claim);
  try {
    return await work(withApprovals(context, claim.row.approvals ?? []), lease);
  } finally {
    await lease.release();
  }
}

function newRow({ runtime: { ports }, invocation, event, sender, approvals }: EventContext, late: boolean): EventRow {
  return {
    state: 'open',
    bodyHash: bodyHash(ports, event),
    time: event.time,
    holder: ports.chance.id(),
    leaseUntil: invocation.endsAt + LEASE_SLACK_MS,
    principals: [],
    late,
    checked: {},
    sender: sender.id,
    authority: sender.authority,
    ...(approvals.length === 0 ? {} : { approvals }),
  };
}

async function notClaimed({ audit, event }: EventContext, refusal: ClaimRefusal): Promise<Disposition> {
  switch (refusal) {
    case 'busy':
      return retryLater('busy');
    case 'conflict':
      return CONFLICT;
    case 'duplicate': {
      const target = namedTarget(planOf(event));
      await audit({ phase: 'outcome', ...(target && { target }), outcome: 'duplicate' });
      return DONE;
    }
    case 'parked':
      await audit({ phase: 'note', name: 'Already Parked', detail: 'parked' });
      return DONE;
  }
}
