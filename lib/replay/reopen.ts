/** The ledger's part in a replay: the event's row is opened, and approvals are written to it. No message can do that. */
import type { CanonicalEvent } from '../../events/canonical.ts';
import { type Approval, approvedCodes, type EventRow } from '../ledger/event-row.ts';
import { bodyHash, eventKey, hasRow, type LedgerPorts, readEvent, writeEvent } from '../ledger/events.ts';
import { planOf } from '../model/plan.ts';
import type { HoldReason } from '../model/reasons.ts';

/** `ready`: the event may be sent. */
export type Reopened = 'ready' | 'busy' | 'body-differs' | 'no-parent';

export interface Reopening {
  readonly event: CanonicalEvent;
  /** Undefined: nothing is approved. */
  readonly release?: Release;
  /** Reads only. */
  readonly dryRun: boolean;
}

/**
 * A leaked key has a row only if a hold of it was approved, so without an approval no store is read. Rejects if the table
 * cannot be reached, or with RowError (`ledger-row-unreadable`).
 */
export async function reopen(ports: LedgerPorts, { event, release, dryRun }: Reopening): Promise<Reopened> {
  const plan = planOf(event);
  if (release !== undefined && plan.kind === 'check' && plan.target.kind === 'principal') {
    return approveParent(ports, eventKey(ports, plan.parent), { release, dryRun });
  }
  if (release === undefined && !hasRow(event)) return 'ready';
  const pk = eventKey(ports, event);
  for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt += 1) {
    const stored = await readEvent(ports, pk);
    const decision = decideReopen(stored?.row, { row: freshRow(ports, event), release }, ports.clock.now());
    if (decision.kind !== 'write') return decision.kind;
    const version = (stored?.version ?? 0) + 1;
    if (dryRun || (await writeEvent(ports, { pk, version, row: decision.row }, stored?.version))) return 'ready';
  }
  return 'busy';
}

/** A lost race is read once more; after a second one another delivery is at work. */
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
  { release, dryRun }: Required<Pick<Reopening, 'release' | 'dryRun'>>,
): Promise<Reopened> {
  for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt += 1) {
    const stored = await readEvent(ports, pk);
    if (stored?.row.state !== 'done') return 'no-parent';
    const row = released(stored.row, release);
    if (dryRun || (await writeEvent(ports, { pk, version: stored.version + 1, row }, stored.version))) return 'ready';
  }
  return 'busy';
}

/** One approved hold: by whom and when (RFC 3339). */
export interface Release extends Omit<Approval, 'codes' | 'bodyHash'> {
  readonly code: HoldReason;
}

/** `write`: write `row`, then send. `ready`: send, there is nothing to write. Otherwise do not send. */
export type ReopenDecision =
  | { readonly kind: 'write'; readonly row: EventRow }
  | { readonly kind: 'ready' | 'busy' | 'body-differs' };

/**
 * `row`: the row of an event that was never delivered. A done or scheduled row stays as it is: the consumer decides. A row
 * with a lease is not touched: the write would take it from the lease holder.
 */
export function decideReopen(
  stored: EventRow | undefined,
  { row, release }: { readonly row: EventRow; readonly release: Release | undefined },
  now: number,
): ReopenDecision {
  if (stored === undefined) {
    return release === undefined ? { kind: 'ready' } : { kind: 'write', row: released(row, release) };
  }
  if (stored.bodyHash !== row.bodyHash) return { kind: 'body-differs' };
  switch (stored.state) {
    case 'done':
    case 'scheduled':
      return { kind: 'ready' };
    case 'open':
      if (stored.leaseUntil > now) return { kind: 'busy' };
      return release === undefined ? { kind: 'ready' } : { kind: 'write', row: released(stored, release) };
    case 'held':
    case 'dead': {
      const open: EventRow = { ...stored, state: 'open', leaseUntil: 0 };
      return { kind: 'write', row: release === undefined ? open : released(open, release) };
    }
  }
}

/** The row with one more approval, beside those for the same body. */
export function released(row: EventRow, { code, by, at, operationId }: Release): EventRow {
  const codes = [...new Set([...approvedCodes(row), code])];
  return { ...row, approval: { codes, by, at, operationId, bodyHash: row.bodyHash } };
}
