/** What a replay does to the ledger's row of an event: it opens what was parked, and puts an approval there. Pure. */
import { type Approval, approvedCodes, type EventRow } from '../ledger/event-row.ts';
import type { Hold } from '../model/reasons.ts';

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
