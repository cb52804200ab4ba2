/** Leavers of a coming day: kept outside until they fall due, replaced by a newer word, cancelled by a reinstatement. */
import { type CanonicalEvent, parseEvent } from '../../events/canonical.ts';
import type { PrincipalName } from '../../events/ids.ts';
import { instantMs } from '../../events/instant.ts';
import { recorder, type Work } from '../context.ts';
import { settlementFrom } from '../coreweave/result.ts';
import { seal } from '../dead-letters/dead-letter.ts';
import { dueAtOf, isDue, ROW_LIFE_S } from '../ledger/event-row.ts';
import { eventKey, type Lead, LeaseLost, openRow, park, readEvent, updateClaim } from '../ledger/ledger.ts';
import { asciiJson } from '../model/json.ts';
import { type KeysOf, principalTarget } from '../model/plan.ts';
import type { Reason } from '../model/reasons.ts';
import { DONE, type Settlement } from '../model/settlement.ts';
import type { Row } from '../ports.ts';

/** SQS can delay a message up to 15 minutes; beyond that it is scheduled. */
const DELAY_MS = 900_000;

/** What the row `schedule#<principal>` keeps: the current offboarding of a principal that waits for its day. */
interface Scheduled {
  readonly name: string;
  readonly event: CanonicalEvent;
}

const scheduleKey = (principal: PrincipalName): string => `schedule#${principal}`;

/** Name of an event's schedule: deterministic, so that making it twice makes one. At most 64 characters. */
const scheduleName = (work: Work): string =>
  `leaver-${eventKey(work.environment.ports, work.event).slice('event#'.length, 'event#'.length + 40)}`;

export interface Waiting extends Pick<Lead, 'keep'> {
  readonly principals: readonly PrincipalName[];
  /** The holds that a person has released. */
  readonly approved: readonly Reason[];
}

/**
 * Takes a guarded plan and its principals; returns `done` when the event now waits outside for its day, or undefined when
 * it is due. The schedule is made before the row says so. In dry run nothing is scheduled.
 */
export async function postpone(
  work: Work,
  { effectiveAt }: KeysOf,
  { principals, keep, approved }: Waiting,
): Promise<Settlement | undefined> {
  const { ports, settings } = work.environment;
  if (effectiveAt === undefined) return undefined;
  const dueAt = dueAtOf(effectiveAt);
  const now = ports.clock.now();
  if (isDue(dueAt, now)) return undefined;
  if (settings.mode === 'dry-run') {
    await work.record({ phase: 'note', name: 'Would Schedule', detail: 'would-schedule' });
    return settlementFrom({ outcome: 'would-revoke', next: 'done' }, settings);
  }
  if (!approved.includes('held-superseded') && (await isOutrun(work, principals))) return OUTRUN;
  const body = asciiJson({ ...work.event });
  const name = scheduleName(work);
  const aheadMs = dueAt - now;
  if (aheadMs <= DELAY_MS) await ports.lanes.send('bulk', body, { delaySeconds: Math.ceil(aheadMs / 1_000) });
  else await ports.schedules.create({ name, at: dueAt, body });
  for (const principal of principals) await takeDay(work, { principals, principal, name });
  await keep({ state: 'scheduled', dueAt, leaseUntil: 0, principals: [...principals] });
  await work.record({ phase: 'note', name: 'Scheduled', detail: `due: ${new Date(dueAt).toISOString()}` });
  return DONE;
}

const OUTRUN: Settlement = {
  kind: 'dead',
  reason: 'held-superseded',
  detail: 'rule: a newer offboarding of the principal is scheduled',
};

async function isOutrun(work: Work, principals: readonly PrincipalName[]): Promise<boolean> {
  const { table } = work.environment.ports;
  const rows = await Promise.all(principals.map((principal) => table.get(scheduleKey(principal))));
  return rows.some((row) => isNewer(scheduledOf(work, row), work.event.time));
}

const isNewer = (scheduled: Scheduled | undefined, time: string): boolean =>
  (instantMs(scheduled?.event.time ?? '') ?? 0) > (instantMs(time) ?? 0);

interface Day {
  readonly principals: readonly PrincipalName[];
  readonly principal: PrincipalName;
  readonly name: string;
}

/** The principal's row names this event from now on. What it named before goes first: once overwritten it could not be found again. */
async function takeDay(work: Work, { principals, principal, name }: Day): Promise<void> {
  const { environment, event } = work;
  const { ports } = environment;
  const stored = await ports.table.get(scheduleKey(principal));
  const old = scheduledOf(work, stored);
  // Only an approval lets an older event come so far; the newer one keeps its day.
  if (isNewer(old, event.time)) return;
  if (old !== undefined && old.name !== name) await replace(work, old, { principals, principal });
  const row = {
    pk: scheduleKey(principal),
    version: (stored?.version ?? 0) + 1,
    expiresAt: Math.ceil(ports.clock.now() / 1_000) + ROW_LIFE_S,
    data: { name, event: { ...event } },
  };
  if (!(await ports.table.put(row, stored?.version))) throw new LeaseLost('lease-lost');
}

/** The older offboarding goes. Where it was about others too, that is for a person to settle. */
async function replace(work: Work, old: Scheduled, { principals, principal }: Omit<Day, 'name'>): Promise<void> {
  const { ports } = work.environment;
  await ports.schedules.remove(old.name);
  const replaced = await readEvent(ports, eventKey(ports, old.event));
  if (replaced?.row.principals.some((other) => !principals.includes(other))) {
    const rule = 'replaced by a newer offboarding of one of its principals';
    return holdScheduled(work, { event: old.event, principal, rule });
  }
  if (replaced?.row.state !== 'scheduled') return;
  const target = principalTarget(principal);
  await recorder(work, old.event)({ phase: 'note', name: 'Schedule Replaced', detail: 'replaced', target });
  // Its message may be on its way already: the row says that nothing is to be done any more.
  await updateClaim(ports, replaced, { state: 'done', leaseUntil: 0 });
}

/** Takes a principal's row; returns what is scheduled, or undefined when it is nothing that we can read. */
function scheduledOf({ environment: { ports } }: Work, row: Row | undefined): Scheduled | undefined {
  const parsed = parseEvent(row?.data.event, ports.clock.now());
  return typeof row?.data.name === 'string' && parsed.kind === 'event'
    ? { name: row.data.name, event: parsed.event }
    : undefined;
}

/** After an offboarding is done nothing is to be scheduled for its principals: neither it, whose schedule went when it fired, nor an older one. */
export async function clearSchedule(work: Work, principals: readonly PrincipalName[]): Promise<void> {
  const { environment, event } = work;
  if (event.type !== 'user.offboarded.v1' || environment.settings.mode === 'dry-run') return;
  const { table } = environment.ports;
  for (const principal of principals) {
    const row = await table.get(scheduleKey(principal));
    const scheduled = scheduledOf(work, row);
    if (row === undefined || scheduled === undefined || isNewer(scheduled, event.time)) continue;
    if (scheduled.name !== scheduleName(work)) await replace(work, scheduled, { principals, principal });
    await table.remove(row.pk, row.version);
  }
}

/** Takes a principal and the time of a reinstatement; an offboarding of that time or before that waits for its day becomes a hold. */
export async function cancelSchedule(work: Work, principal: PrincipalName, time: string): Promise<void> {
  const { table, schedules } = work.environment.ports;
  const row = await table.get(scheduleKey(principal));
  const scheduled = scheduledOf(work, row);
  if (row === undefined || scheduled === undefined || isNewer(scheduled, time)) return;
  await schedules.remove(scheduled.name);
  await holdScheduled(work, { event: scheduled.event, principal, rule: 'reinstated before it fell due' });
  await table.remove(row.pk, row.version);
}

/**
 * Takes the work of the event that stops it, the offboarding, the principal by which it was found and the rule; sends its
 * letter, then closes its row: a crash between makes a second letter, not none. Nothing is done for an offboarding that
 * has gone its way already.
 */
export async function holdScheduled(
  work: Work,
  {
    event,
    principal,
    rule,
  }: { readonly event: CanonicalEvent; readonly principal: PrincipalName; readonly rule: string },
): Promise<void> {
  const { environment, delivery } = work;
  const { ports } = environment;
  // Open: it is about to be scheduled, by a delivery that will find its row closed.
  const claim = await openRow(ports, event);
  if (claim === undefined) return;
  const at = new Date(ports.clock.now()).toISOString();
  const hold = { reason: 'held-superseded', detail: `rule: ${rule}` } as const;
  const letter = seal({
    ...hold,
    event,
    lane: 'bulk',
    attempts: 0,
    firstSeen: at,
    lastSeen: at,
    lastStatus: null,
    replays: 0,
    messageId: delivery.messageId,
  });
  await ports.deadLetters.send(letter);
  await recorder(work, event)({ phase: 'hold', ...hold, target: principalTarget(principal) });
  await park(ports, claim, 'held');
}
