/**
 * An event about all keys of a person or principal: claim, resolve, snapshot, checks, schedule, limits, revoke,
 * follow-up, close. Repeating it could revoke replacement keys, so one delivery at a time processes it, and all checks
 * come first.
 */
import type { PrincipalName } from '../../events/ids.ts';
import { sameButForCase } from '../../events/names.ts';
import { approvedFor, type EventContext } from '../context.ts';
import type { IsApproved } from '../ledger/approval.ts';
import { resolveAllPrincipals } from '../ledger/directory.ts';
import type { EventRow } from '../ledger/event-row.ts';
import type { Lease } from '../ledger/events.ts';
import { combined, type Disposition, dispositionOf, heldBy } from '../model/disposition.ts';
import { onlyTarget, type PrincipalPlan, principalTarget } from '../model/plan.ts';
import { type CheckedKind, type EventFacts, firstHold, SAFETY_CHECKS, wasAdmitted } from '../revoke/checks.ts';
import { withLease } from '../revoke/lease.ts';
import { scheduleCheck } from '../revoke/schedule-check.ts';
import { mapWithConcurrency } from '../runtime/limit.ts';
import { holdNearMatches, matchOwners } from './near-names.ts';
import { CONCURRENT_PRINCIPALS, type RevokedPrincipal, revokePrincipal } from './revoke-principal.ts';
import { clearSchedules, recordStatements, scheduleIfFutureDated } from './schedule.ts';
import { LISTING_FAILED, type Snapshot, takeSnapshot } from './snapshot.ts';

const UNMAPPABLE: Disposition = {
  kind: 'dead',
  reason: 'unmappable',
  detail: 'neither the directory nor a template names a principal for this identity',
};

/** Rejects if the ledger, a record or a message cannot be written. */
export const processPrincipalEvent = (context: EventContext, plan: PrincipalPlan): Promise<Disposition> =>
  withLease(context, plan.late, (leased, lease) => processLeased(leased, plan, lease));

const kindOf = ({ late }: PrincipalPlan): CheckedKind => (late ? 'offboarding' : 'compromised-principal');

async function processLeased(context: EventContext, plan: PrincipalPlan, lease: Lease): Promise<Disposition> {
  const named = await principalsOf(context, plan, lease.row());
  if (named.length === 0) return UNMAPPABLE;
  const approved = approvedFor(context, named);
  const disposition = await processNamed(context, plan, { named, lease, approved });
  // The targets that an approval of the hold covers.
  return disposition.kind === 'dead' ? { ...disposition, principals: named } : disposition;
}

async function processNamed(
  context: EventContext,
  plan: PrincipalPlan,
  { named, lease, approved }: Named,
): Promise<Disposition> {
  const { invocation } = context;
  const kind = kindOf(plan);

  // An event that is not due needs no key listing.
  const parked = plan.late ? await checkDue(context, plan, { named, lease, approved }) : undefined;
  if (parked !== undefined) return parked;

  // Owners of the keys, whose names may be spelled differently
  const principals = await ownersOf(context, plan, { named, lease, approved });
  if ('kind' in principals) return principals;

  // Snapshot of a compromise: before any hold, since keys created while it is held are replacements.
  const request = { kind, lease, principals, named, approved: plan.late ? approved : () => false };
  const early = plan.late ? undefined : await takeSnapshot(invocation, request);
  if (early !== undefined && 'kind' in early) return early;

  // Checks, also of an offboarding again: the user may have been reinstated while the keys were listed
  const held = await checkEvent(context, plan, { principals, lease, approved });
  if (held !== undefined) return held;

  // Limits, after all other checks, since they count
  const over = await checkPrincipals(context, plan, { kind, lease, principals, approved });
  if (over !== undefined) return over;

  // Snapshot of an offboarding: its keys tell the keys that are created later.
  const snapshot = early ?? (await takeSnapshot(invocation, request));
  if ('kind' in snapshot) return snapshot;

  // Revoke each
  const revoked = await revokeEach(context, plan, principals, snapshot);

  // Follow-up, then close; under the names of the event too, which may have been scheduled.
  const spelled = lease.row().named ?? named;
  const owners = principals.filter((name) => !spelled.includes(name));
  const isCertain = plan.staged === undefined || approved({ reason: 'held-low-confidence', check: 'staged' });
  return conclude(context, plan, { lease, revoked, named: spelled, owners, isCertain });
}

interface Named {
  readonly named: readonly PrincipalName[];
  readonly lease: Lease;
  readonly approved: IsApproved;
}

/** For whom an event is checked, and its row. */
interface Checked {
  readonly principals: readonly PrincipalName[];
  readonly lease: Lease;
}

async function checkEvent(
  context: EventContext,
  plan: PrincipalPlan,
  { principals, lease, approved }: Checked & Pick<Named, 'approved'>,
): Promise<Disposition | undefined> {
  const facts = factsOf(context, plan, { principals, lease });
  const hold = await firstHold(SAFETY_CHECKS.event, { kind: kindOf(plan), facts, approved });
  return hold === undefined ? undefined : heldBy(hold, onlyTarget(principals));
}

/** Of an offboarding: checks, then the schedule if it is future-dated. */
async function checkDue(
  context: EventContext,
  plan: PrincipalPlan,
  { named, lease, approved }: Named,
): Promise<Disposition | undefined> {
  const checked = { principals: named, lease };
  const held = await checkEvent(context, plan, { ...checked, approved });
  if (held !== undefined) return held;
  return scheduleIfFutureDated(context, plan, { facts: factsOf(context, plan, checked), lease, approved });
}

/**
 * The principals under the names that the owners of the keys have; near matches are held beside the event. Once there
 * is a snapshot, its principals are final, and an approved near match is meant as it is written.
 */
async function ownersOf(
  context: EventContext,
  { subject }: PrincipalPlan,
  { named, lease, approved }: Named,
): Promise<readonly PrincipalName[] | Disposition> {
  if (lease.row().fence !== undefined || approved({ reason: 'held-near-match' })) return named;
  const listing = await context.invocation.keys.first();
  if (listing === undefined) return LISTING_FAILED;
  const { principals, near } = matchOwners(named, listing, { byEvent: 'principalName' in subject });
  await holdNearMatches(context, near);
  return principals.every((name, index) => name === named[index]) ? named : principals;
}

/**
 * Once there is a snapshot, the row's principals are final. Until then, also when a scheduled event is due, today's
 * directory counts: its entry may have been corrected.
 */
async function principalsOf(
  { runtime: { ports, settings } }: EventContext,
  { subject }: PrincipalPlan,
  { fence, principals }: EventRow,
): Promise<readonly PrincipalName[]> {
  if (fence !== undefined) return principals;
  return (await resolveAllPrincipals(ports, subject, settings.principalTemplates)) ?? principals;
}

const factsOf = (
  { runtime, event, sender }: EventContext,
  { subject, effectiveAt }: PrincipalPlan,
  { principals, lease }: Checked,
): EventFacts => ({
  runtime,
  principals,
  names: [
    ...('identity' in subject ? [subject.identity] : []),
    ...new Set([...(lease.row().named ?? []), ...principals]),
  ],
  authority: sender.authority,
  source: event.source,
  time: event.time,
  ...(effectiveAt === undefined ? {} : { effectiveAt }),
});

/**
 * A principal that only a directory or template names is concerned if it has live keys; one that the event names always
 * is.
 */
async function checkPrincipals(
  { runtime, invocation, event }: EventContext,
  { subject, staged }: PrincipalPlan,
  {
    kind,
    lease,
    principals,
    approved,
  }: {
    readonly kind: CheckedKind;
    readonly lease: Lease;
    readonly principals: readonly PrincipalName[];
    readonly approved: IsApproved;
  },
): Promise<Disposition | undefined> {
  const listing = await invocation.keys.first();
  if (listing === undefined) return LISTING_FAILED;
  const named = 'principalName' in subject;
  for (const principal of principals) {
    const keys = listing.liveKeys(principal);
    if (!named && keys.length === 0) continue;
    const admitted = wasAdmitted(lease.row(), named, keys);
    const facts = {
      runtime,
      source: event.source,
      time: event.time,
      principal,
      keys,
      staged: staged === true,
      admitted,
    };
    const hold = await firstHold(SAFETY_CHECKS.principal, { kind, facts, approved });
    if (hold !== undefined) return heldBy(hold, principalTarget(principal));
  }
  return undefined;
}

const revokeEach = (
  context: EventContext,
  { subject, late }: PrincipalPlan,
  principals: readonly PrincipalName[],
  snapshot: Snapshot,
) =>
  mapWithConcurrency(CONCURRENT_PRINCIPALS, principals, async (principal) => ({
    principal,
    ...(await revokePrincipal(context, { principal, named: 'principalName' in subject, late, snapshot })),
  }));

interface Conclusion {
  readonly lease: Lease;
  readonly revoked: readonly (RevokedPrincipal & { readonly principal: PrincipalName })[];
  /** Whose schedules are over, under the names of the event and of the owners of the keys. */
  readonly named: readonly PrincipalName[];
  readonly owners: readonly PrincipalName[];
  /** False: staged, and not approved. */
  readonly isCertain: boolean;
}

/**
 * A principal that failed for good keeps no other from its follow-up and its statement. An uncertain offboarding of
 * a user without live keys says nothing: reconciliation must not revoke the keys that the user creates later.
 */
async function conclude(
  context: EventContext,
  plan: PrincipalPlan,
  { lease, revoked, named, owners, isCertain }: Conclusion,
): Promise<Disposition> {
  const { ports, settings } = context.runtime;
  const ended = revoked.map(({ results, ...each }) => ({
    ...each,
    disposition: combined(results.map((result) => dispositionOf(result, settings))),
  }));
  const disposition = combined(ended.map((each) => each.disposition));
  if (disposition.kind === 'retry') return disposition;
  const done = ended.filter((each) => each.disposition.kind === 'done');
  const followed = done.filter(({ followUp }) => followUp).map(({ principal }) => principal);
  for (const principal of followed) {
    await scheduleCheck(ports, { parent: context.event, target: principalTarget(principal), generation: 1 });
  }
  const isDone = (name: PrincipalName): boolean =>
    isCertain && done.some(({ principal }) => sameButForCase(principal, name));
  const spoken = { named: named.filter(isDone), owners: owners.filter(isDone) };
  await clearSchedules(context, [...spoken.named, ...spoken.owners]);
  if (plan.late) await recordStatements(context, spoken, 'offboarded');
  const checked = Object.fromEntries(followed.map((name) => [name, 0]));
  await lease.update(disposition.kind === 'done' ? { state: 'done', leaseUntil: 0, checked } : { checked });
  return disposition;
}
