/** Leavers of a coming day: kept outside until they fall due, replaced by a newer word, cancelled by a reinstatement. */
import type { PrincipalName } from '../events/ids.ts';
import { instantMs } from '../events/instant.ts';
import { asciiJson } from './domain/ascii-json.ts';
import { ROW_LIFE_S } from './domain/event-row.ts';
import type { Json } from './domain/json.ts';
import type { Settlement } from './domain/settlement.ts';
import type { KeysOf } from './domain/target.ts';
import { eventKey, type Lead, LeaseLost, readEvent, updateClaim } from './ledger.ts';
import type { Row } from './ports.ts';
import type { Work } from './work.ts';

/** Up to here an offboarding is due; SQS can delay a message up to 15 minutes; beyond that it is scheduled. */
const NOW_MS = 60_000;
const DELAY_MS = 900_000;

/** What the row `schedule#<principal>` keeps: the current offboarding of a principal that waits for its day. */
export interface Scheduled {
  readonly name: string;
  readonly time: string;
  readonly event: { readonly [key: string]: Json };
}

const scheduleKey = (principal: PrincipalName): string => `schedule#${principal}`;

/** Name of an event's schedule: deterministic, so that making it twice makes one. At most 64 characters. */
const scheduleName = (work: Work): string =>
  `leaver-${eventKey(work.environment.ports, work.event).slice('event#'.length, 'event#'.length + 40)}`;

/**
 * Takes a guarded plan and its principals; returns `done` when the event now waits outside for its day, or undefined when
 * it is due. The schedule is made before the row says so. In dry run nothing is scheduled.
 */
export async function postpone(
  work: Work,
  { effectiveAt }: KeysOf,
  { principals, keep }: Pick<Lead, 'keep'> & { readonly principals: readonly PrincipalName[] },
): Promise<Settlement | undefined> {
  const { ports, settings } = work.environment;
  const dueAt = effectiveAt === undefined ? 0 : Math.ceil((instantMs(effectiveAt) ?? 0) / 60_000) * 60_000;
  const aheadMs = dueAt - ports.clock.now();
  if (aheadMs <= NOW_MS) return undefined;
  if (settings.mode === 'dry-run') {
    await work.record({ phase: 'note', name: 'Would Schedule', detail: 'would-schedule' });
    return { kind: 'done' };
  }
  if (await isOutrun(work, principals)) {
    return {
      kind: 'dead',
      reason: 'held-superseded',
      detail: 'rule: a newer offboarding of the principal is scheduled',
    };
  }
  const body = asciiJson({ ...work.event });
  const name = scheduleName(work);
  if (aheadMs <= DELAY_MS) await ports.lanes.send('bulk', body, { delaySeconds: Math.ceil(aheadMs / 1_000) });
  else await ports.schedules.create({ name, at: dueAt, body });
  for (const principal of principals) await replaceSchedule(work, principal, name);
  await keep({ state: 'scheduled', dueAt, leaseUntil: 0, principals: [...principals] });
  await work.record({ phase: 'note', name: 'Scheduled', detail: `due: ${new Date(dueAt).toISOString()}` });
  return { kind: 'done' };
}

async function isOutrun(
  { environment: { ports }, event }: Work,
  principals: readonly PrincipalName[],
): Promise<boolean> {
  const rows = await Promise.all(principals.map((principal) => ports.table.get(scheduleKey(principal))));
  return rows.some((row) => row !== undefined && ahead(scheduledOf(row)?.time, event.time));
}

const ahead = (time: string | undefined, of: string): boolean => (instantMs(time ?? '') ?? 0) > (instantMs(of) ?? 0);

/** The newer offboarding's schedule takes the principal's row; the older schedule goes. */
async function replaceSchedule(
  { environment: { ports }, event }: Work,
  principal: PrincipalName,
  name: string,
): Promise<void> {
  const pk = scheduleKey(principal);
  const stored = await ports.table.get(pk);
  const old = stored && scheduledOf(stored);
  const data = { name, time: event.time, event: { ...event } };
  const expiresAt = Math.ceil(ports.clock.now() / 1_000) + ROW_LIFE_S;
  if (!(await ports.table.put({ pk, version: (stored?.version ?? 0) + 1, expiresAt, data }, stored?.version))) {
    throw new LeaseLost('lease-lost');
  }
  if (old === undefined || old.name === name) return;
  await ports.schedules.remove(old.name);
  // Its message may be on its way already: the row says that nothing is to be done any more.
  const { source, id } = old.event;
  const replaced = await readEvent(ports, eventKey(ports, { source: String(source), id: String(id) }));
  if (replaced?.row.state === 'scheduled') await updateClaim(ports, replaced, { state: 'done', leaseUntil: 0 });
}

/** Takes a principal's row; returns what is scheduled, or undefined for a row that we cannot read. */
function scheduledOf({ data }: Row): Scheduled | undefined {
  const { name, time, event } = data;
  return typeof name === 'string' && typeof time === 'string' && isObject(event) ? { name, time, event } : undefined;
}

const isObject = (value: Json | undefined): value is { readonly [key: string]: Json } =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** After an offboarding is done, the rows of its schedule go; the schedule itself went when it fired. */
export async function clearSchedule(work: Work, principals: readonly PrincipalName[]): Promise<void> {
  const { effectiveAt } = 'effectiveAt' in work.event.data ? work.event.data : {};
  if (effectiveAt === undefined || work.environment.settings.mode === 'dry-run') return;
  const { table } = work.environment.ports;
  for (const principal of principals) {
    const row = await table.get(scheduleKey(principal));
    if (row !== undefined && scheduledOf(row)?.name === scheduleName(work)) await table.remove(row.pk, row.version);
  }
}

/**
 * Takes a principal and the time of a reinstatement; removes the schedule of an offboarding of that time or before, and
 * returns its event as it was stored, for its letter. Undefined: nothing of the kind was scheduled.
 */
export async function cancelSchedule(
  { environment: { ports } }: Work,
  principal: PrincipalName,
  time: string,
): Promise<{ readonly event: Json; readonly close: () => Promise<void> } | undefined> {
  const row = await ports.table.get(scheduleKey(principal));
  const scheduled = row && scheduledOf(row);
  if (row === undefined || scheduled === undefined || ahead(scheduled.time, time)) return undefined;
  await ports.schedules.remove(scheduled.name);
  return {
    event: scheduled.event,
    close: async () => {
      await ports.table.remove(row.pk, row.version);
    },
  };
}
