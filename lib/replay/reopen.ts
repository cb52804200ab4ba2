/** The ledger's part in a replay: the event's row is opened, and approvals are written to it, which no message can do. */
import type { CanonicalEvent } from '../../events/canonical.ts';
import type { EventRow } from '../ledger/event-row.ts';
import { decideReopen, type Release, released } from '../domain/reopen.ts';
import { planOf } from '../model/plan.ts';
import { bodyHash, eventKey, hasRow, putRow, readEvent } from '../ledger/ledger.ts';
import type { Ports } from '../ports.ts';

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
