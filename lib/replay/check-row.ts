/** Whether a dead letter's event may be sent, by its ledger row. Nothing is written: the consumer opens the row. */
import type { CanonicalEvent } from '../../events/canonical.ts';
import type { EventRow } from '../ledger/event-row.ts';
import { bodyHash, eventKey, hasRow, type LedgerPorts, readEvent } from '../ledger/events.ts';
import { planOf } from '../model/plan.ts';

/** `ready`: the event may be sent. */
export type RowState = 'ready' | 'busy' | 'body-differs' | 'no-parent';

export interface RowRequest {
  readonly event: CanonicalEvent;
  /** A hold of the event is approved. */
  readonly approves: boolean;
  /** The approved event takes the place of another body (`held-conflict`). */
  readonly replaces: boolean;
}

/**
 * Leaked keys have no row: for them no store is read. Rejects if the table cannot be reached, or with RowError
 * (`ledger-row-unreadable`).
 */
export async function checkRow(ports: LedgerPorts, { event, approves, replaces }: RowRequest): Promise<RowState> {
  const plan = planOf(event);
  // The check would be refused as `invalid`, and the approval be of no use.
  if (approves && plan.kind === 'check' && plan.target.kind === 'principal') {
    const parent = await readEvent(ports, eventKey(ports, plan.parent));
    return parent?.row.state === 'done' ? 'ready' : 'no-parent';
  }
  if (!hasRow(event)) return 'ready';
  const stored = await readEvent(ports, eventKey(ports, event));
  return stored === undefined ? 'ready' : rowState(stored.row, bodyHash(ports, event), replaces, ports.clock.now());
}

/** Another delivery processes an event whose row has a lease. `now` in epoch ms. */
export function rowState(row: EventRow, hash: string, replaces: boolean, now: number): RowState {
  if (row.bodyHash !== hash && !replaces) return 'body-differs';
  return row.state === 'open' && row.leaseUntil > now ? 'busy' : 'ready';
}
