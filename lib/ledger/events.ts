/**
 * Event rows of the ledger: they make principal-wide revocation safe to repeat. Every write names the version that it
 * saw.
 */
import type { CanonicalEvent } from '../../events/canonical.ts';
import { canonicalJson } from '../model/json.ts';
import type { Clock, Row, Sha256, Table } from '../ports.ts';
import { eventNameHash } from './approval.ts';
import {
  type ClaimDecision,
  decideClaim,
  type EventRow,
  type LeaseRequest,
  ROW_LIFE_S,
  readRow,
  rowData,
} from './event-row.ts';

/** What the ledger needs of the outside. */
export interface LedgerPorts {
  readonly table: Table;
  readonly sha256: Sha256;
  readonly clock: Clock;
}

/** Thrown when another delivery has written the row: it processes the event now. */
export class LeaseLost extends Error {
  override readonly name = 'LeaseLost';
  readonly code = 'lease-lost';
}

export function ignoreLostLease(error: unknown): undefined {
  if (!(error instanceof LeaseLost)) throw error;
}

/** A row, and the version under which it is stored. */
export interface Claim {
  readonly pk: string;
  readonly version: number;
  readonly row: EventRow;
}

export const eventKey = (
  ports: Pick<LedgerPorts, 'sha256'>,
  event: { readonly source: string; readonly id: string },
): string => `event#${eventNameHash(ports, event)}`;

/** The hash of what an event asks for: type, time and data without the evidence. (RFC 8785) */
export function bodyHash({ sha256 }: Pick<LedgerPorts, 'sha256'>, { type, time, data }: CanonicalEvent): string {
  const asked = Object.fromEntries(Object.entries(data).filter(([name]) => name !== 'evidence'));
  return sha256(canonicalJson({ type, time, data: asked }));
}

/** Epoch seconds at which a row expires that is needed at the last of these times (epoch ms). */
export const expiryOf = (...times: readonly number[]): number => Math.ceil(Math.max(...times) / 1_000) + ROW_LIFE_S;

/** Throws RowError (`ledger-row-unreadable`). */
export const readEventRow = ({ data }: Row): EventRow => readRow(data);

/** Rejects if the table cannot be reached, or with RowError (`ledger-row-unreadable`). */
export async function readEvent({ table }: Pick<LedgerPorts, 'table'>, pk: string): Promise<Claim | undefined> {
  const stored = await table.get(pk);
  return stored && { pk, version: stored.version, row: readRow(stored.data) };
}

/** A lost race is read once more; after a second one another delivery is at work. */
const MAX_CLAIM_ATTEMPTS = 2;

export type ClaimRefusal = Exclude<ClaimDecision['kind'], 'claimed'>;

/** The claim, or why there is none. `now` in epoch ms. Rejects as `readEvent`. */
export async function claimEvent(
  ports: LedgerPorts,
  pk: string,
  request: LeaseRequest,
  now: number,
): Promise<Claim | { readonly kind: ClaimRefusal }> {
  for (let attempt = 1; attempt <= MAX_CLAIM_ATTEMPTS; attempt += 1) {
    const stored = await readEvent(ports, pk);
    const decision = decideClaim(stored?.row, request, now);
    if (decision.kind !== 'claimed') return { kind: decision.kind };
    const claim = { pk, version: (stored?.version ?? 0) + 1, row: decision.row };
    if (await writeEvent(ports, claim, stored?.version)) return claim;
  }
  return { kind: 'busy' };
}

/** False: the stored row no longer has version `seen` (undefined: there must be none). */
export const writeEvent = (
  { table, clock }: Pick<LedgerPorts, 'table' | 'clock'>,
  { pk, version, row }: Claim,
  seen: number | undefined,
): Promise<boolean> =>
  table.put({ pk, version, expiresAt: expiryOf(clock.now(), row.dueAt ?? 0), data: rowData(row) }, seen);

/** Rejects with LeaseLost (`lease-lost`) if the row was written since. */
export async function updateClaim(ports: LedgerPorts, claim: Claim, change: Partial<EventRow>): Promise<Claim> {
  const next = { pk: claim.pk, version: claim.version + 1, row: { ...claim.row, ...change } };
  if (!(await writeEvent(ports, next, claim.version))) throw new LeaseLost('lease-lost');
  return next;
}

/** The lease on an event: the row as it is stored now, and the only way to change it. */
export interface Lease {
  readonly row: () => EventRow;
  /** Rejects with LeaseLost (`lease-lost`) if the row was written since. */
  readonly update: (change: Partial<EventRow>) => Promise<void>;
  /** Gives the lease back, so that the next delivery does not wait for it to expire. */
  readonly release: () => Promise<void>;
}

export function leaseOf(ports: LedgerPorts, claim: Claim): Lease {
  let current = claim;
  const update = async (change: Partial<EventRow>): Promise<void> => {
    current = await updateClaim(ports, current, change);
  };
  return {
    row: () => current.row,
    update,
    release: async () => {
      if (current.row.state === 'open') await update({ leaseUntil: 0 }).catch(ignoreLostLease);
    },
  };
}

/**
 * The row of an event whose dead letter is about to be sent, if it has one that is still open. (A leaked key has none;
 * the row of another body under the same id is not its own.) Read before the dead letter is sent: from then on an
 * operator may approve it, and what they wrote must stand.
 */
export async function openRow(ports: LedgerPorts, event: CanonicalEvent): Promise<Claim | undefined> {
  if (!hasRow(event)) return undefined;
  const stored = await readEvent(ports, eventKey(ports, event));
  if (stored?.row.bodyHash !== bodyHash(ports, event)) return undefined;
  return stored.row.state === 'open' || stored.row.state === 'scheduled' ? stored : undefined;
}

/** Closes the row of an event whose dead letter was sent, unless it was written since. */
export const closeEvent = (ports: LedgerPorts, claim: Claim, state: 'held' | 'dead'): Promise<unknown> =>
  updateClaim(ports, claim, { state, leaseUntil: 0 }).catch(ignoreLostLease);

/** Only principal-wide events have a row: no store may delay the answer to a leaked key. */
export const hasRow = ({ type, data }: CanonicalEvent): boolean =>
  type === 'user.offboarded.v1' || (type === 'credential.compromised.v1' && 'scope' in data);
