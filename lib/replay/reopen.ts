/** Reopens the event's ledger row for a replay. Approvals are written to the ledger, never carried by a message. */
import type { CanonicalEvent } from '../../events/canonical.ts';
import { type Approval, approvedCodes, type EventRow } from '../ledger/event-row.ts';
import { bodyHash, eventKey, hasRow, type LedgerPorts, readEvent, writeEvent } from '../ledger/events.ts';
import { planOf } from '../model/plan.ts';
import type { HoldReason } from '../model/reasons.ts';

/** `ready`: the event may be sent. */
export type ReopenResult = 'ready' | 'busy' | 'body-differs' | 'no-parent';

export interface ReopenRequest {
  readonly event: CanonicalEvent;
  /** Absent: nothing is approved. */
  readonly approval?: HoldApproval;
  /** Reads only. */
  readonly dryRun: boolean;
}

/**
 * A leaked key has a row only if a hold of it was approved, so without an approval no store is read. Rejects if the
 * table cannot be reached, or with RowError (`ledger-row-unreadable`).
 */
export async function reopen(ports: LedgerPorts, { event, approval, dryRun }: ReopenRequest): Promise<ReopenResult> {
  const plan = planOf(event);
  if (approval !== undefined && plan.kind === 'check' && plan.target.kind === 'principal') {
    return approveParent(ports, eventKey(ports, plan.parent), { approval, dryRun });
  }
  if (approval === undefined && !hasRow(event)) return 'ready';
  const pk = eventKey(ports, event);
  for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt += 1) {
    const stored = await readEvent(ports, pk);
    const decision = decideReopen(stored?.row, { row: freshRow(ports, event), approval }, ports.clock.now());
    if (decision.kind !== 'write') return decision.kind;
    const version = (stored?.version ?? 0) + 1;
    if (dryRun || (await writeEvent(ports, { pk, version, row: decision.row }, stored?.version))) return 'ready';
  }
  return 'busy';
}

/** A lost race is read once more; after a second one another delivery processes the event. */
const MAX_ATTEMPTS = 2;

/** The row of an event that was never delivered, without a lease. */
const freshRow = (ports: LedgerPorts, event: CanonicalEvent): EventRow => {
  const plan = planOf(event);
  return {
    state: 'open',
    bodyHash: bodyHash(ports, event),
    time: event.time,
    holder: '',
    leaseUntil: 0,
    principals: [],
    late: plan.kind === 'principal' && plan.late,
    checked: {},
  };
};

/** A follow-up check of a principal reads the approvals of its parent event's row. */
async function approveParent(
  ports: LedgerPorts,
  pk: string,
  { approval, dryRun }: Required<Pick<ReopenRequest, 'approval' | 'dryRun'>>,
): Promise<ReopenResult> {
  for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt += 1) {
    const stored = await readEvent(ports, pk);
    if (stored?.row.state !== 'done') return 'no-parent';
    const row = withApproval(stored.row, approval);
    if (dryRun || (await writeEvent(ports, { pk, version: stored.version + 1, row }, stored.version))) return 'ready';
  }
  return 'busy';
}

/** One approved hold: by whom and when (RFC 3339). */
export interface HoldApproval extends Omit<Approval, 'codes' | 'bodyHash'> {
  readonly code: HoldReason;
}

/** `write`: write `row`, then send. `ready`: send, there is nothing to write. Otherwise do not send. */
export type ReopenDecision =
  | { readonly kind: 'write'; readonly row: EventRow }
  | { readonly kind: 'ready' | 'busy' | 'body-differs' };

/**
 * `row`: the row of an event that was never delivered. A done or scheduled row stays as it is: the consumer decides. A
 * row with a lease is not touched: the write would take it from the lease holder.
 */
export function decideReopen(
  stored: EventRow | undefined,
  { row, approval }: { readonly row: EventRow; readonly approval: HoldApproval | undefined },
  now: number,
): ReopenDecision {
  if (stored === undefined) {
    return approval === undefined ? { kind: 'ready' } : { kind: 'write', row: withApproval(row, approval) };
  }
  if (stored.bodyHash !== row.bodyHash) return { kind: 'body-differs' };
  switch (stored.state) {
    case 'done':
    case 'scheduled':
      return { kind: 'ready' };
    case 'open':
      if (stored.leaseUntil > now) return { kind: 'busy' };
      return approval === undefined ? { kind: 'ready' } : { kind: 'write', row: withApproval(stored, approval) };
    case 'held':
    case 'dead': {
      const open: EventRow = { ...stored, state: 'open', leaseUntil: 0 };
      return { kind: 'write', row: approval === undefined ? open : withApproval(open, approval) };
    }
  }
}

/** The row with one more approval, beside those for the same body. */
export function withApproval(row: EventRow, { code, by, at, operationId, accessKeyId }: HoldApproval): EventRow {
  // What was approved for another key does not count for this one.
  const before = row.approval?.accessKeyId === accessKeyId ? approvedCodes(row) : [];
  const codes = [...new Set([...before, code])];
  const key = accessKeyId === undefined ? {} : { accessKeyId };
  return { ...row, approval: { codes, by, at, operationId, bodyHash: row.bodyHash, ...key } };
}
