/**
 * Scheduled offboardings: kept outside until their effective date, replaced by a newer event of the same authority,
 * cancelled by its reinstatement.
 */
import type { CanonicalEvent } from '../../events/canonical.ts';
import type { PrincipalName } from '../../events/ids.ts';
import { msOrOldest } from '../../events/instant.ts';
import { sameButForCase } from '../../events/names.ts';
import { auditor, type EventContext, latestNow } from '../context.ts';
import { serializeDeadLetter } from '../dead-letters/dead-letter.ts';
import type { IsApproved } from '../ledger/approval.ts';
import { dueAtOf, waitMs } from '../ledger/event-row.ts';
import { closeEvent, eventKey, type Lease, openRow, readEvent, updateClaim } from '../ledger/events.ts';
import { reinstatedAt } from '../ledger/reinstatements.ts';
import {
  isNewerThan,
  readSchedule,
  type Scheduled,
  type ScheduleOwner,
  scheduleName,
  writeSchedule,
} from '../ledger/schedules.ts';
import { statementOf, writeStatement } from '../ledger/statements.ts';
import { type Disposition, DONE, dispositionOf, heldBy } from '../model/disposition.ts';
import { asciiJson } from '../model/json.ts';
import { settledAs } from '../model/outcome.ts';
import { type PrincipalPlan, principalTarget } from '../model/plan.ts';
import type { Hold } from '../model/reasons.ts';
import { isNamedAuthority } from '../model/sender.ts';
import { type EventFacts, firstHold, SAFETY_CHECKS } from '../revoke/checks.ts';

/** SQS delays a message up to 15 minutes; an event that is due later is scheduled. */
const MAX_DELAY_MS = 900_000;

interface Scheduling {
  readonly facts: EventFacts;
  readonly lease: Lease;
  readonly approved: IsApproved;
}

/**
 * Undefined: the event is due. Otherwise it now waits outside: the schedule is created before the row says so. In dry
 * run nothing is scheduled.
 */
export async function scheduleIfFutureDated(
  context: EventContext,
  { effectiveAt }: PrincipalPlan,
  { facts, lease, approved }: Scheduling,
): Promise<Disposition | undefined> {
  const { runtime, event, audit } = context;
  const { ports, settings } = runtime;
  if (effectiveAt === undefined) return undefined;
  const delayMs = waitMs(effectiveAt, latestNow(context));
  if (delayMs === 0) return undefined;
  if (settings.mode === 'dry-run') return wouldSchedule(context, lease);
  const hold = await firstHold(SAFETY_CHECKS.schedule, { kind: 'offboarding', facts, approved });
  if (hold !== undefined) return heldBy(hold);

  const { principals } = facts;
  const body = asciiJson({ ...event });
  const name = scheduleName(ports, event);
  const dueAt = dueAtOf(effectiveAt);
  if (delayMs <= MAX_DELAY_MS) await ports.lanes.send('bulk', body, { delaySeconds: Math.ceil(delayMs / 1_000) });
  else await ports.schedules.create({ name, at: dueAt, body });
  for (const principal of principals) await claimSchedule(context, { principals, principal, name, dueAt });
  await recordStatements(context, { named: principals }, 'scheduled');
  await lease.update({ state: 'scheduled', dueAt, leaseUntil: 0, principals: [...principals] });
  await audit({ phase: 'note', name: 'Scheduled', detail: `due: ${new Date(dueAt).toISOString()}` });
  return DONE;
}

interface Spoken {
  /** Principals under the names that the event has for them. */
  readonly named: readonly PrincipalName[];
  /** Owners of keys that the names in another case stand for. */
  readonly owners?: readonly PrincipalName[];
}

/**
 * What the event says of its principals stands until its authority says something newer. A reinstatement that came
 * while the event was processed found no statement to take back: it is looked for once the statement is written.
 */
export async function recordStatements(
  { runtime: { ports, settings }, event, sender: { authority }, audit }: EventContext,
  { named, owners = [] }: Spoken,
  state: 'scheduled' | 'offboarded',
): Promise<void> {
  const limited = !isNamedAuthority(authority, settings.senders);
  const person = 'identity' in event.data ? [event.data.identity] : [];
  for (const principal of [...named, ...owners]) {
    const like = owners.filter((owner) => sameButForCase(owner, principal) && owner !== principal);
    const statement = statementOf(event, { authority, state, owners: like });
    if ((await writeStatement(ports, principal, statement, { limited })) === 'full') {
      const target = principalTarget(principal);
      await audit({ phase: 'note', name: 'Statement Not Stored', detail: 'too-many-authorities', target });
    }
    const names = [principal, ...(owners.includes(principal) ? named : []), ...person];
    const time = await reinstatedAt(ports, names, [authority]);
    if (time === undefined || msOrOldest(time) < msOrOldest(event.time)) continue;
    await writeStatement(ports, principal, statementOf({ ...event, time }, { authority, state: 'reinstated' }));
  }
}

async function wouldSchedule({ runtime, audit }: EventContext, lease: Lease): Promise<Disposition> {
  await audit({ phase: 'note', name: 'Would Schedule', detail: 'would-schedule' });
  const disposition = dispositionOf(settledAs('would-revoke'), runtime.settings);
  if (disposition.kind === 'done') await lease.update({ state: 'done', leaseUntil: 0, checked: {} });
  return disposition;
}

interface ScheduleClaim {
  readonly principals: readonly PrincipalName[];
  readonly principal: PrincipalName;
  readonly name: string;
  /** Epoch ms. */
  readonly dueAt: number;
}

/**
 * From now on the principal's row names this event. What it named before is removed first: once overwritten it could
 * not be found again.
 */
async function claimSchedule(
  context: EventContext,
  { principals, principal, name, dueAt }: ScheduleClaim,
): Promise<void> {
  const { runtime, event, sender } = context;
  const { ports, settings } = runtime;
  const owner = { principal, authority: sender.authority };
  const { row, scheduled } = await readSchedule(ports, owner, settings.senders);
  // Only an approval lets an older event come this far; the newer one keeps its date, unless it is another body.
  const isReplaced = scheduled !== undefined && eventKey(ports, scheduled.event) === eventKey(ports, event);
  if (!isReplaced && isNewerThan(scheduled, event.time)) return;
  if (scheduled !== undefined && scheduled.name !== name) {
    await replaceSchedule(context, scheduled, { principals, principal });
  }
  await writeSchedule(ports, owner, { name, event, dueAt, seen: row });
}

/** The older offboarding is removed. If it was about other principals too, an operator decides about those. */
async function replaceSchedule(
  context: EventContext,
  { name, event }: Scheduled,
  { principals, principal }: Pick<ScheduleClaim, 'principals' | 'principal'>,
): Promise<void> {
  const { ports } = context.runtime;
  await ports.schedules.remove(name);
  const replaced = await readEvent(ports, eventKey(ports, event));
  if (replaced?.row.principals.some((other) => !principals.includes(other))) {
    const detail = 'rule: replaced by a newer offboarding of one of its principals';
    const hold = { reason: 'held-superseded', detail, check: 'newer schedule' } as const;
    return holdScheduled(context, { event, principal, hold });
  }
  if (replaced?.row.state !== 'scheduled') return;
  const audit = auditor(context, event, context.sender.name);
  await audit({ phase: 'note', name: 'Schedule Replaced', detail: 'replaced', target: principalTarget(principal) });
  // Its message may be on its way already: the row says that nothing is left to do.
  await updateClaim(ports, replaced, { state: 'done', leaseUntil: 0 });
}

/**
 * After an offboarding is done nothing of its authority stays scheduled for its principals: neither this event, whose
 * schedule has fired, nor an older one.
 */
export async function clearSchedules(context: EventContext, principals: readonly PrincipalName[]): Promise<void> {
  const { runtime, event, sender } = context;
  const { ports, settings } = runtime;
  if (event.type !== 'user.offboarded.v1' || settings.mode === 'dry-run') return;
  for (const principal of principals) {
    const owner = { principal, authority: sender.authority };
    const { row, scheduled } = await readSchedule(ports, owner, settings.senders);
    if (row === undefined || scheduled === undefined || isNewerThan(scheduled, event.time)) continue;
    if (scheduled.name !== scheduleName(ports, event)) {
      await replaceSchedule(context, scheduled, { principals, principal });
    }
    await ports.table.remove(row.pk, row.version);
  }
}

/** An offboarding of that time (RFC 3339) or earlier that is scheduled becomes a hold. */
export async function cancelSchedule(context: EventContext, owner: ScheduleOwner, time: string): Promise<void> {
  const { ports, settings } = context.runtime;
  const { row, scheduled } = await readSchedule(ports, owner, settings.senders);
  if (row === undefined || scheduled === undefined || isNewerThan(scheduled, time)) return;
  await ports.schedules.remove(scheduled.name);
  const detail = 'rule: reinstated before it fell due';
  const hold = { reason: 'held-superseded', detail, check: 'reinstatement', asOf: time } as const;
  await holdScheduled(context, { event: scheduled.event, principal: owner.principal, hold });
  await ports.table.remove(row.pk, row.version);
}

interface ScheduleHold {
  /** The scheduled event; the event of the context ends its schedule. */
  readonly event: CanonicalEvent;
  readonly principal: PrincipalName;
  /** Of the check that would hold the event now. */
  readonly hold: Hold;
}

/**
 * Dead letter, audit record, then the row: a crash between leaves a second dead letter, never none. Nothing is done if
 * the event was closed already.
 */
async function holdScheduled(context: EventContext, { event, principal, hold }: ScheduleHold): Promise<void> {
  const { runtime, delivery, sender } = context;
  const { ports } = runtime;
  // Open: a delivery is about to schedule it, and will find its row closed.
  const claim = await openRow(ports, event);
  if (claim === undefined) return;
  const at = new Date(ports.clock.now()).toISOString();
  const deadLetter = serializeDeadLetter({
    ...hold,
    event,
    lane: 'bulk',
    attempts: 0,
    firstSeen: at,
    lastSeen: at,
    lastStatus: null,
    replays: 0,
    messageId: delivery.messageId,
    // A replay acts in the name of the event's own sender.
    sender: claim.row.sender ?? sender.id,
  });
  await ports.deadLetters.send(deadLetter);
  const audit = auditor(context, event, sender.name);
  await audit({ phase: 'hold', reason: hold.reason, detail: hold.detail, target: principalTarget(principal) });
  await closeEvent(ports, claim, 'held');
}
