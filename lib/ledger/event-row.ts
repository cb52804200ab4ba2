/**
 * The ledger's row of one event, and whether a delivery of that event may process it. `events.ts` reads and writes
 * rows.
 */
import type { PrincipalName } from '../../events/ids.ts';
import { instantMs } from '../../events/instant.ts';
import type { Json } from '../model/json.ts';
import { type Approval, isApproval, mergeApprovals } from './approval.ts';

/** 400 days: longer than any dead letter, redrive or late duplicate. */
export const ROW_LIFE_S = 400 * 86_400;

/** Most keys in a snapshot. Ids of up to 22 characters then also stay under MAX_SNAPSHOT_BYTES. */
export const MAX_SNAPSHOT_KEYS = 15_000;
/**
 * Bytes of a snapshot, three of overhead counted for each id: the rest of DynamoDB's 400 KB is for the rest of the row.
 */
const MAX_SNAPSHOT_BYTES = 380_000;

/** Whether these keys can be kept as a row's snapshot. */
export const fitsInRow = (keys: readonly string[]): boolean =>
  keys.length <= MAX_SNAPSHOT_KEYS && keys.reduce((sum, id) => sum + id.length + 3, 0) <= MAX_SNAPSHOT_BYTES;

/** Times in epoch ms. */
export interface EventRow {
  readonly state: 'open' | 'done' | 'scheduled' | 'held' | 'dead';
  readonly bodyHash: string;
  /** The event's own time: follow-up checks compare it with later reinstatements. */
  readonly time: string;
  /** Lease holder, and the end of the lease; 0: none. */
  readonly holder: string;
  readonly leaseUntil: number;
  readonly principals: readonly PrincipalName[];
  /** The names that the event has for them, from the snapshot on, if owners of keys spell one in another case. */
  readonly named?: readonly PrincipalName[];
  /** The key snapshot: live key ids when the event was first seen; absent until they were listed. */
  readonly fence?: readonly string[];
  /** Owners of those keys; rows of older versions lack it, and then all `principals` count. */
  readonly owners?: readonly PrincipalName[];
  /** Keys created after the snapshot are revoked too. */
  readonly late: boolean;
  /** When a scheduled event is due. */
  readonly dueAt?: number;
  /** By principal with follow-up checks: the last check that was done; 0: none yet. */
  readonly checked: Readonly<Record<string, number>>;
  /** What the runs of this body have used. `approval`, which 0.1 wrote, is not read. */
  readonly approvals?: readonly Approval[];
  /** Who sent the event, as Sender.id, and its authority; rows of 0.1 lack both. */
  readonly sender?: string;
  readonly authority?: string;
  /** Of a reinstatement that was held: the rows of the events of other authorities that an approval takes back. */
  readonly standing?: readonly string[];
}

/**
 * `claimed`: write `row`, then process the event. `busy`: another delivery holds the lease. `parked`: dead-lettered or
 * scheduled.
 */
export type ClaimDecision =
  | { readonly kind: 'claimed'; readonly row: EventRow }
  | { readonly kind: 'busy' | 'duplicate' | 'parked' | 'conflict' };

export interface LeaseRequest {
  /** The row to start with: open, with the requested lease. */
  readonly row: EventRow;
  /** The event was replayed, or arrived in its dead letter: a held or dead row is opened again. */
  readonly reopens: boolean;
  /** `held-conflict` was approved for this body: it takes the place of another one. */
  readonly replaces: boolean;
}

const MINUTE_MS = 60_000;
/** How far the clock of the function may be behind the one by which the event was delayed. */
const CLOCK_SLACK_MS = 60_000;

/** 9999-12-31T23:59:00Z: a later minute has no RFC 3339 form, and no schedule could be made for it. */
const LAST_MINUTE_MS = 253_402_300_740_000;

/** When an event with this `effectiveAt` is due: epoch ms, rounded up to the minute as EventBridge Scheduler does. */
export const dueAtOf = (effectiveAt: string): number =>
  Math.min(LAST_MINUTE_MS, Math.ceil((instantMs(effectiveAt) ?? 0) / MINUTE_MS) * MINUTE_MS);

/**
 * Whether a message about a scheduled event may be the one that was scheduled, which is all that is left of it. It
 * arrives up to a minute before `dueAt`, which is rounded up, and by a clock that is behind even earlier. What arrives
 * too early is delayed once more.
 */
export const mayBeDue = (dueAt: number, now: number): boolean => dueAt <= now + MINUTE_MS + CLOCK_SLACK_MS;

/** Milliseconds until an event with this `effectiveAt` may be carried out; 0: now. */
export const waitMs = (effectiveAt: string, now: number): number => Math.max(0, (instantMs(effectiveAt) ?? 0) - now);

export function decideClaim(
  stored: EventRow | undefined,
  { row: requested, reopens, replaces }: LeaseRequest,
  now: number,
): ClaimDecision {
  if (stored === undefined) return { kind: 'claimed', row: requested };
  const isFree = stored.holder === requested.holder || stored.leaseUntil <= now;
  if (stored.bodyHash !== requested.bodyHash) {
    if (!replaces) return { kind: 'conflict' };
    return isFree ? { kind: 'claimed', row: requested } : { kind: 'busy' };
  }
  const isOthers = isAnother(stored.sender, requested.sender);
  switch (stored.state) {
    case 'open':
      return isFree ? { kind: 'claimed', row: claimedRow(stored, requested) } : { kind: 'busy' };
    case 'scheduled':
      return mayBeDue(stored.dueAt ?? 0, now) && !isOthers
        ? { kind: 'claimed', row: claimedRow(stored, requested) }
        : { kind: 'parked' };
    case 'done':
      return { kind: 'duplicate' };
    case 'held':
    case 'dead': {
      // A run of its own, which uses its own approvals.
      const { approvals: _, ...closed } = stored;
      // The dead letter tells of another sender's copy, whom an operator may not believe.
      return reopens || isOthers ? { kind: 'claimed', row: claimedRow(closed, requested) } : { kind: 'parked' };
    }
  }
}

/** A row of 0.1 does not name the sender. */
const isAnother = (one: string | undefined, other: string | undefined): boolean =>
  one !== undefined && other !== undefined && one !== other;

/** The row names the sender whose copy is processed. */
function claimedRow(stored: EventRow, requested: EventRow): EventRow {
  const { holder, leaseUntil, sender, authority, approvals = [] } = requested;
  const merged = mergeApprovals(stored.approvals ?? [], approvals);
  const used = merged.length === 0 ? {} : { approvals: merged };
  const from = { ...(sender && { sender }), ...(authority && { authority }) };
  return { ...stored, ...from, state: 'open', holder, leaseUntil, ...used };
}

export const rowData = (row: EventRow): { readonly [attribute: string]: Json } => ({
  state: row.state,
  bodyHash: row.bodyHash,
  time: row.time,
  holder: row.holder,
  leaseUntil: row.leaseUntil,
  principals: row.principals,
  ...(row.named === undefined ? {} : { named: row.named }),
  ...(row.fence === undefined ? {} : { fence: row.fence }),
  ...(row.owners === undefined ? {} : { owners: row.owners }),
  late: row.late,
  ...(row.dueAt === undefined ? {} : { dueAt: row.dueAt }),
  checked: row.checked,
  ...(row.approvals === undefined ? {} : { approvals: row.approvals.map((each) => ({ ...each })) }),
  ...(row.sender === undefined ? {} : { sender: row.sender }),
  ...(row.authority === undefined ? {} : { authority: row.authority }),
  ...(row.standing === undefined ? {} : { standing: row.standing }),
});

/** Thrown for a row that this product did not write: to continue could repeat a revocation. */
export class RowError extends Error {
  override readonly name = 'RowError';
  readonly code = 'ledger-row-unreadable';
  constructor() {
    super('ledger-row-unreadable: expected a row that this product wrote');
  }
}

const STATES: ReadonlySet<unknown> = new Set(['open', 'done', 'scheduled', 'held', 'dead']);

/** Throws RowError (`ledger-row-unreadable`). */
export function readRow(data: { readonly [attribute: string]: Json }): EventRow {
  if (!isRow(data)) throw new RowError();
  return data;
}

function isRow(data: object): data is EventRow {
  const row: Partial<EventRow> = data;
  const { state, bodyHash, time, holder, leaseUntil, principals, named, fence, owners, late, dueAt, checked } = row;
  const { sender, authority, standing, approvals } = row;
  return (
    STATES.has(state) &&
    [bodyHash, time, holder].every((text) => typeof text === 'string') &&
    typeof leaseUntil === 'number' &&
    typeof late === 'boolean' &&
    (typeof dueAt === 'number' || (dueAt === undefined && state !== 'scheduled')) &&
    isTextList(principals) &&
    [named, fence, owners, standing].every((list) => list === undefined || isTextList(list)) &&
    [sender, authority].every((text) => text === undefined || typeof text === 'string') &&
    typeof checked === 'object' &&
    checked !== null &&
    (approvals === undefined || (Array.isArray(approvals) && approvals.every(isApproval)))
  );
}

const isTextList = (list: unknown): boolean => Array.isArray(list) && list.every((text) => typeof text === 'string');
