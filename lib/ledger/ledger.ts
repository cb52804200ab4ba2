/** The ledger: what makes principal-wide revocation safe to repeat. All writes name the version that they saw. */
import type { CanonicalEvent } from '../../events/canonical.ts';
import type { Identity } from '../../events/data.ts';
import type { PrincipalName } from '../../events/ids.ts';
import { instantMs } from '../../events/instant.ts';
import { namedBy } from '../model/directory.ts';
import type { Json } from '../model/json.ts';
import { canonicalJson } from '../model/json.ts';
import type { Clock, Row, Sha256, Table } from '../ports.ts';
import {
  type ClaimDecision,
  decideClaim,
  type EventRow,
  type Newcomer,
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

/** Thrown when someone else has written the row: the event is theirs now. */
export class LeaseLost extends Error {
  override readonly name = 'LeaseLost';
  readonly code = 'lease-lost';
}

/** For a rejection that may be a lost lease: undefined then; any other goes on. */
export function unlessLost(error: unknown): undefined {
  if (!(error instanceof LeaseLost)) throw error;
}

/** A row that we lead, and the version under which it stands. */
export interface Claim {
  readonly pk: string;
  readonly version: number;
  readonly row: EventRow;
}

/** The claim as it was taken, and the way to change the row. */
export interface Lead {
  readonly claim: Claim;
  readonly keep: (change: Partial<EventRow>) => Promise<Claim>;
}

/** Takes an event's identity; returns the key of its row. */
export const eventKey = (
  { sha256 }: LedgerPorts,
  { source, id }: { readonly source: string; readonly id: string },
): string => `event#${sha256(JSON.stringify([source, id]))}`;

/** Takes an event; returns the hash of what it asks for: type, time and data without the evidence (RFC 8785). */
export function bodyHash({ sha256 }: LedgerPorts, { type, time, data }: CanonicalEvent): string {
  const asked = Object.fromEntries(Object.entries(data).filter(([name]) => name !== 'evidence'));
  return sha256(canonicalJson({ type, time, data: asked }));
}

const expiryOf = (now: number): number => Math.ceil(now / 1_000) + ROW_LIFE_S;

/** Reads an event's row, if there is one. Rejects when the table cannot be reached, or with RowError. */
export async function readEvent(ports: LedgerPorts, pk: string): Promise<Claim | undefined> {
  const stored = await ports.table.get(pk);
  return stored && { pk, version: stored.version, row: readRow(stored.data) };
}

/**
 * Takes who would like to lead; returns the claim, or why there is none. A
 * lost race is looked at once more; a second one means that someone is at work.
 */
export async function claimEvent(
  ports: LedgerPorts,
  pk: string,
  newcomer: Newcomer,
): Promise<Claim | Exclude<ClaimDecision, { kind: 'lead' }>> {
  for (let look = 1; look <= 2; look += 1) {
    const stored = await readEvent(ports, pk);
    const decision = decideClaim(stored?.row, newcomer, ports.clock.now());
    if (decision.kind !== 'lead') return decision;
    const version = (stored?.version ?? 0) + 1;
    if (await putRow(ports, { pk, version, row: decision.row }, stored?.version))
      return { pk, version, row: decision.row };
  }
  return { kind: 'busy' };
}

/** Changes a row that we lead. Rejects with LeaseLost (`lease-lost`) when it is no longer ours. */
export async function updateClaim(ports: LedgerPorts, claim: Claim, change: Partial<EventRow>): Promise<Claim> {
  const next = { pk: claim.pk, version: claim.version + 1, row: { ...claim.row, ...change } };
  if (!(await putRow(ports, next, claim.version))) throw new LeaseLost('lease-lost');
  return next;
}

/** Writes a row if the stored one still has version `seen` (undefined: if there is none). False: it was not so. */
export const putRow = (
  { table, clock }: LedgerPorts,
  { pk, version, row }: Claim,
  seen: number | undefined,
): Promise<boolean> => table.put({ pk, version, expiresAt: expiryOf(clock.now()), data: rowData(row) }, seen);

/**
 * The row of an event whose letter is about to go out, if it has one that is still open. (A leaked key has none; the row
 * of another body under the same id is not its own.) To be read before the letter is sent: from then on a person may
 * answer it, and what they wrote must stand.
 */
export async function openRow(ports: LedgerPorts, event: CanonicalEvent): Promise<Claim | undefined> {
  if (!hasRow(event)) return undefined;
  const stored = await readEvent(ports, eventKey(ports, event));
  if (stored?.row.bodyHash !== bodyHash(ports, event)) return undefined;
  return stored.row.state === 'open' || stored.row.state === 'scheduled' ? stored : undefined;
}

/** Closes the row of an event whose letter is out, unless someone has written it since. */
export const park = (ports: LedgerPorts, claim: Claim, state: 'held' | 'dead'): Promise<unknown> =>
  updateClaim(ports, claim, { state, leaseUntil: 0 }).catch(unlessLost);

/** Only principal-wide events go through the ledger: no store may stop the answer to a leaked key. */
export const hasRow = ({ type, data }: CanonicalEvent): boolean =>
  type === 'user.offboarded.v1' || (type === 'credential.compromised.v1' && 'scope' in data);

/** Whom a reinstatement can name. */
export type Name = PrincipalName | Identity;

const reinstatementKey = (name: Name): string => {
  if (typeof name === 'string') return `reinstated#${name}`;
  const { kind, value } = namedBy(name);
  return `reinstated#${kind}:${value}`;
};

/** Puts a reinstatement on record; an older one never takes back a newer. */
export async function markReinstated(ports: LedgerPorts, name: Name, time: string): Promise<void> {
  const pk = reinstatementKey(name);
  for (let look = 1; look <= 3; look += 1) {
    const stored = await ports.table.get(pk);
    if (stored !== undefined && (instantMs(timeOf(stored) ?? '') ?? 0) >= (instantMs(time) ?? 0)) return;
    const row = { pk, version: (stored?.version ?? 0) + 1, expiresAt: expiryOf(ports.clock.now()), data: { time } };
    if (await ports.table.put(row, stored?.version)) return;
  }
  throw new LeaseLost('lease-lost');
}

/** Takes the names of whom an event is about; returns the time of their latest reinstatement, if any. */
export async function reinstatedAt(ports: LedgerPorts, names: readonly Name[]): Promise<string | undefined> {
  const rows = await Promise.all(names.map((name) => ports.table.get(reinstatementKey(name))));
  const times = rows.map((row) => row && timeOf(row)).filter((time) => time !== undefined);
  return times.toSorted((a, b) => (instantMs(b) ?? 0) - (instantMs(a) ?? 0))[0];
}

const timeOf = ({ data }: Row): string | undefined => (typeof data.time === 'string' ? data.time : undefined);

/** The directory's principals for an identity; undefined when it has no entry. */
export async function directoryEntry(ports: LedgerPorts, identity: Identity): Promise<readonly string[] | undefined> {
  const { kind, value } = namedBy(identity);
  const row = await ports.table.get(`identity#${kind}#${value}`);
  const principals: Json | undefined = row?.data.principals;
  return Array.isArray(principals) ? principals.filter((name) => typeof name === 'string') : undefined;
}
