/** The ledger's part in a replay: the event's row is opened, and approvals are written to it, which no message can do. */
import type { CanonicalEvent } from '../../events/canonical.ts';
import type { Ports } from '../context.ts';
import { type Approval, approvedCodes, type EventRow } from '../ledger/event-row.ts';
import { bodyHash, eventKey, hasRow, putRow, readEvent } from '../ledger/ledger.ts';
import { planOf } from '../model/plan.ts';
import type { Hold } from '../model/reasons.ts';

type ReopenPorts = Pick<Ports, 'table' | 'sha256' | 'clock'>;

/** `ready`: the event may be sent. */
export type Reopened = 'ready' | 'busy' | 'body-differs' | 'no-parent';

export interface Reopening {
  readonly event: CanonicalEvent;
  /** Absent: nothing is approved. */
  readonly release?: Release;
  /** Looks only. */
  readonly dryRun: boolean;
}

/**
 * Takes an event that is about to be sent again; returns whether it may be. A leaked key has a row only where a hold of
 * it was approved, so that without an approval no store is asked. Rejects when the table cannot be reached, or with
 * RowError.
 */
export async function reopen(ports: ReopenPorts, { event, release, dryRun }: Reopening): Promise<Reopened> {
  const plan = planOf(event);
  if (release !== undefined && plan.kind === 'check' && plan.target.kind === 'principal') {
    return releaseParent(ports, eventKey(ports, plan.parent), { release, dryRun });
  }
  if (release === undefined && !hasRow(event)) return 'ready';
  const pk = eventKey(ports, event);
  for (let look = 1; look <= LOOKS; look += 1) {
    const stored = await readEvent(ports, pk);
    const decision = decideReopen(stored?.row, { row: freshRow(ports, event), release }, ports.clock.now());
    if (decision.kind !== 'write') return decision.kind;
    const version = (stored?.version ?? 0) + 1;
    if (dryRun || (await putRow(ports, { pk, version, row: decision.row }, stored?.version))) return 'ready';
  }
  return 'busy';
}

/** A lost race is looked at once more; a second one means that someone is at work. */
const LOOKS = 2;

/** The row as a first sight would make it, led by nobody. */
const freshRow = (ports: ReopenPorts, event: CanonicalEvent): EventRow => {
  const plan = planOf(event);
  return {
    state: 'open',
    bodyHash: bodyHash(ports, event),
    time: event.time,
    holder: '',
    leaseUntil: 0,
    principals: [],
    late: plan.kind === 'keys-of' && plan.late,
    checked: {},
  };
};

/** A check of a principal asks what was approved for the event that it follows: its settled row is where an approval counts. */
async function releaseParent(
  ports: ReopenPorts,
  pk: string,
  { release, dryRun }: Required<Pick<Reopening, 'release' | 'dryRun'>>,
): Promise<Reopened> {
  for (let look = 1; look <= LOOKS; look += 1) {
    const stored = await readEvent(ports, pk);
    if (stored?.row.state !== 'done') return 'no-parent';
    const row = released(stored.row, release);
    if (dryRun || (await putRow(ports, { pk, version: stored.version + 1, row }, stored.version))) return 'ready';
  }
  return 'busy';
}

/** Who releases which hold, and when (RFC 3339). */
export interface Release extends Omit<Approval, 'codes' | 'bodyHash'> {
  readonly code: Hold;
}

/** `write`: put `row`, then send. `ready`: send, there is nothing to write. All else: do not send. */
export type ReopenDecision =
  | { readonly kind: 'write'; readonly row: EventRow }
  | { readonly kind: 'ready' | 'busy' | 'body-differs' };
/**
 * Takes the stored row, if any, the row that a first sight would make, the release, if any, and now (epoch ms). What is
 * done or waits for its day stays as it is: the lane answers for it. A row that somebody leads is not touched: the write
 * would take it from them.
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

/** Takes a row and a release; returns the row with it beside what was approved before for the same body. */
export function released(row: EventRow, { code, by, at, operationId }: Release): EventRow {
  const codes = [...new Set([...approvedCodes(row), code])];
  return { ...row, approval: { codes, by, at, operationId, bodyHash: row.bodyHash } };
}
