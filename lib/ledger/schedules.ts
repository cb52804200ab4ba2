/**
 * The ledger's part of a scheduled offboarding: one row per principal and authority names the event that waits for its
 * effective date.
 */
import { type CanonicalEvent, parseEvent } from '../../events/canonical.ts';
import type { PrincipalName } from '../../events/ids.ts';
import { msOrOldest } from '../../events/instant.ts';
import { authorityOfSource, type SenderSettings } from '../model/sender.ts';
import type { Row } from '../ports.ts';
import { bodyHash, eventKey, expiryOf, LeaseLost, type LedgerPorts } from './events.ts';

export interface Scheduled {
  /** Name of the schedule outside. */
  readonly name: string;
  readonly event: CanonicalEvent;
}

/** The schedule row of a principal; `scheduled` is undefined if there is none, or the row is unreadable. */
export interface ScheduleRow {
  readonly row: Row | undefined;
  readonly scheduled: Scheduled | undefined;
}

/** Whose schedule it is. */
export interface ScheduleOwner {
  readonly principal: PrincipalName;
  readonly authority: string;
}

/** Each part is hashed, since both may hold `#`. */
const scheduleKey = ({ sha256 }: Pick<LedgerPorts, 'sha256'>, { principal, authority }: ScheduleOwner): string =>
  `schedule#${sha256(principal)}#${sha256(authority)}`;

/** The row of 0.1, which had one schedule per principal. */
const oldScheduleKey = (principal: PrincipalName): string => `schedule#${principal}`;

/**
 * Deterministic, so that an event is scheduled once however often it is delivered, and another body of it by itself. At
 * most 64 characters.
 */
export const scheduleName = (ports: Pick<LedgerPorts, 'sha256'>, event: CanonicalEvent): string =>
  `leaver-${ports.sha256(`${eventKey(ports, event)} ${bodyHash(ports, event)}`).slice(0, 40)}`;

/** `senders` tells the authority of a row that 0.1 wrote. */
export async function readSchedule(
  ports: LedgerPorts,
  owner: ScheduleOwner,
  senders: SenderSettings,
): Promise<ScheduleRow> {
  const own = await readScheduleRow(ports, scheduleKey(ports, owner));
  if (own.row !== undefined) return own;
  const old = await readScheduleRow(ports, oldScheduleKey(owner.principal));
  const source = old.scheduled?.event.source;
  const isOwn = source !== undefined && authorityOfSource(source, senders) === owner.authority;
  // Stryker disable next-line ObjectLiteral: both fields are undefined without it, too
  return isOwn ? old : { row: undefined, scheduled: undefined };
}

/** What 0.1 scheduled for the principal, for any authority. */
export const readOldSchedule = async (ports: LedgerPorts, principal: PrincipalName): Promise<Scheduled | undefined> =>
  (await readScheduleRow(ports, oldScheduleKey(principal))).scheduled;

async function readScheduleRow({ table }: LedgerPorts, pk: string): Promise<ScheduleRow> {
  const row = await table.get(pk);
  // Its time was checked when it came.
  const parsed = parseEvent(row?.data.event, Number.POSITIVE_INFINITY);
  const scheduled =
    typeof row?.data.name === 'string' && parsed.kind === 'event'
      ? { name: row.data.name, event: parsed.event }
      : undefined;
  return { row, scheduled };
}

/** Whether the scheduled event is newer than an event of `time`. */
export const isNewerThan = (scheduled: Scheduled | undefined, time: string): boolean =>
  // Stryker disable next-line StringLiteral: what is no time is older than any
  msOrOldest(scheduled?.event.time ?? '') > msOrOldest(time);

/**
 * `seen`: the row as it was read; one of 0.1 is removed. Rejects with LeaseLost (`lease-lost`) if another delivery
 * wrote it since.
 */
export async function writeSchedule(
  ports: LedgerPorts,
  owner: ScheduleOwner,
  { name, event, dueAt, seen }: Scheduled & { readonly dueAt: number; readonly seen: Row | undefined },
): Promise<void> {
  const { table, clock } = ports;
  const pk = scheduleKey(ports, owner);
  const own = seen?.pk === pk ? seen : undefined;
  const row = {
    pk,
    version: (own?.version ?? 0) + 1,
    expiresAt: expiryOf(clock.now(), dueAt),
    data: { name, event: { ...event } },
  };
  if (!(await table.put(row, own?.version))) throw new LeaseLost('lease-lost');
  if (seen !== undefined && own === undefined) await table.remove(seen.pk, seen.version);
}
