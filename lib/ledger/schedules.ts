/**
 * The ledger's part of a scheduled offboarding: one row per principal names the event that waits for its effective
 * date.
 */
import { type CanonicalEvent, parseEvent } from '../../events/canonical.ts';
import type { PrincipalName } from '../../events/ids.ts';
import { instantMs } from '../../events/instant.ts';
import type { Row } from '../ports.ts';
import { eventKey, expiryOf, LeaseLost, type LedgerPorts } from './events.ts';

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

const scheduleKey = (principal: PrincipalName): string => `schedule#${principal}`;

/** Deterministic, so that an event is scheduled once however often it is delivered. At most 64 characters. */
export const scheduleName = (ports: Pick<LedgerPorts, 'sha256'>, event: CanonicalEvent): string =>
  `leaver-${eventKey(ports, event).slice('event#'.length, 'event#'.length + 40)}`;

export async function readSchedule(
  { table }: Pick<LedgerPorts, 'table'>,
  principal: PrincipalName,
): Promise<ScheduleRow> {
  const row = await table.get(scheduleKey(principal));
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
  (instantMs(scheduled?.event.time ?? '') ?? 0) > (instantMs(time) ?? 0);

/** Rejects with LeaseLost (`lease-lost`) if another delivery wrote the row since `seen` was read. */
export async function writeSchedule(
  { table, clock }: Pick<LedgerPorts, 'table' | 'clock'>,
  principal: PrincipalName,
  { name, event, seen }: { readonly name: string; readonly event: CanonicalEvent; readonly seen: Row | undefined },
): Promise<void> {
  const version = (seen?.version ?? 0) + 1;
  const data = { name, event: { ...event } };
  const row = { pk: scheduleKey(principal), version, expiresAt: expiryOf(clock.now()), data };
  if (!(await table.put(row, seen?.version))) throw new LeaseLost('lease-lost');
}
