/**
 * The ledger's row of one event, and what it means for whoever comes with that event: one leads, the others wait or are
 * told that it is done. Pure; the row is read and written under its version by `lib/ledger/ledger.ts`.
 */
import type { PrincipalName } from '../../events/ids.ts';
import { instantMs } from '../../events/instant.ts';
import type { Json } from '../model/json.ts';
import { type Hold, isReason } from '../model/reasons.ts';

/** 400 days: longer than any dead letter, redrive or late duplicate. */
export const ROW_LIFE_S = 400 * 86_400;

/** Written by the replay door alone. It counts only for the body that the approver saw. */
export interface Approval {
  readonly codes: readonly Hold[];
  readonly by: string;
  readonly at: string;
  readonly operationId: string;
  readonly bodyHash: string;
}

/** Times in epoch ms. */
export interface EventRow {
  readonly state: 'open' | 'done' | 'scheduled' | 'held' | 'dead';
  readonly bodyHash: string;
  /** The event's own time, for checks that ask its reinstatement guard again. */
  readonly time: string;
  /** Who leads it until when; 0: nobody. */
  readonly holder: string;
  readonly leaseUntil: number;
  readonly principals: readonly PrincipalName[];
  /** The live key ids when the event was first seen; absent until they were listed. */
  readonly fence?: readonly string[];
  /** Whose keys those are; absent in rows of old, where they count as those of all `principals`. */
  readonly owners?: readonly PrincipalName[];
  /** Keys minted after the fence are to be revoked too. */
  readonly late: boolean;
  /** When a scheduled event falls due. */
  readonly dueAt?: number;
  /** By principal that is followed up, the last check that was made; 0: none yet. */
  readonly checked: Readonly<Record<string, number>>;
  readonly approval?: Approval;
}

/** `lead`: write `row`, then go. `busy`: someone leads it. `parked`: it waits for a person or its day, or is a `duplicate`. */
export type ClaimDecision =
  | { readonly kind: 'lead'; readonly row: EventRow }
  | { readonly kind: 'busy' | 'duplicate' | 'parked' | 'conflict' };

/** Who comes: the row to lead with (open, with its lease), and whether the event came round from its dead letter, which reopens what was parked. */
export interface Newcomer {
  readonly row: EventRow;
  readonly reopens: boolean;
}

const MINUTE_MS = 60_000;

/** Takes an `effectiveAt`; returns when it falls due: epoch ms, rounded up to the minute, as schedules count. */
export const dueAtOf = (effectiveAt: string): number =>
  Math.ceil((instantMs(effectiveAt) ?? 0) / MINUTE_MS) * MINUTE_MS;

/** A schedule fires within its minute; an event that comes a little early is due. */
export const isDue = (dueAt: number, now: number): boolean => dueAt <= now + MINUTE_MS;

/** Takes the stored row, if any, the newcomer and now (epoch ms); returns what the newcomer may do. */
export function decideClaim(
  stored: EventRow | undefined,
  { row: newcomer, reopens }: Newcomer,
  now: number,
): ClaimDecision {
  if (stored === undefined) return { kind: 'lead', row: newcomer };
  if (stored.bodyHash !== newcomer.bodyHash) return { kind: 'conflict' };
  const { holder, leaseUntil } = newcomer;
  const taken: ClaimDecision = { kind: 'lead', row: { ...stored, state: 'open', holder, leaseUntil } };
  switch (stored.state) {
    case 'open':
      return stored.holder === holder || stored.leaseUntil <= now ? taken : { kind: 'busy' };
    case 'scheduled':
      return isDue(stored.dueAt ?? 0, now) ? taken : { kind: 'parked' };
    case 'done':
      return { kind: 'duplicate' };
    case 'held':
    case 'dead':
      return reopens ? taken : { kind: 'parked' };
  }
}

/** Takes a row; returns the holds that were approved for the very body that it is about. */
export const approvedCodes = ({ approval, bodyHash }: EventRow): readonly Hold[] =>
  approval?.bodyHash === bodyHash ? approval.codes : [];

/** Takes a row; returns it as the table keeps it. */
export const rowData = (row: EventRow): { readonly [attribute: string]: Json } => ({
  state: row.state,
  bodyHash: row.bodyHash,
  time: row.time,
  holder: row.holder,
  leaseUntil: row.leaseUntil,
  principals: row.principals,
  ...(row.fence === undefined ? {} : { fence: row.fence }),
  ...(row.owners === undefined ? {} : { owners: row.owners }),
  late: row.late,
  ...(row.dueAt === undefined ? {} : { dueAt: row.dueAt }),
  checked: row.checked,
  ...(row.approval === undefined ? {} : { approval: { ...row.approval } }),
});

/** Thrown for a row that we did not write: going on could revoke what was settled. */
export class RowError extends Error {
  override readonly name = 'RowError';
  readonly code = 'ledger-row-unreadable';
  constructor() {
    super('ledger-row-unreadable: expected a row that this product wrote');
  }
}

const STATES: ReadonlySet<unknown> = new Set(['open', 'done', 'scheduled', 'held', 'dead']);

/** Takes what the table keeps; returns the row. Throws RowError (`ledger-row-unreadable`). */
export function readRow(data: { readonly [attribute: string]: Json }): EventRow {
  if (!isRow(data)) throw new RowError();
  return data;
}

function isRow(data: object): data is EventRow {
  const row: Partial<EventRow> = data;
  const { state, bodyHash, time, holder, leaseUntil, principals, fence, owners, late, dueAt, checked, approval } = row;
  return (
    STATES.has(state) &&
    [bodyHash, time, holder].every((text) => typeof text === 'string') &&
    typeof leaseUntil === 'number' &&
    typeof late === 'boolean' &&
    (typeof dueAt === 'number' || (dueAt === undefined && state !== 'scheduled')) &&
    isTextList(principals) &&
    [fence, owners].every((list) => list === undefined || isTextList(list)) &&
    typeof checked === 'object' &&
    checked !== null &&
    (approval === undefined || (approval !== null && Array.isArray(approval.codes) && approval.codes.every(isReason)))
  );
}

const isTextList = (list: unknown): boolean => Array.isArray(list) && list.every((text) => typeof text === 'string');
