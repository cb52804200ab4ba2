/**
 * Follow-up checks: a later verification of a revocation, which revokes what is live still or again. A check may do no
 * more than its parent event.
 */
import { sameButForCase } from '../../events/names.ts';
import { approvedFor, type EventContext, keyPlaceOf, withApprovals } from '../context.ts';
import { type IsApproved, mergeApprovals } from '../ledger/approval.ts';
import type { EventRow } from '../ledger/event-row.ts';
import { eventKey, ignoreLostLease, LeaseLost, readEvent, updateClaim } from '../ledger/events.ts';
import { type Disposition, DONE, dispositionOf, heldBy, retryLater } from '../model/disposition.ts';
import { nextGeneration, secondsUntilDue } from '../model/follow-up.ts';
import type { TargetOutcome } from '../model/outcome.ts';
import type { CheckPlan, KeyTarget, PrincipalTarget } from '../model/plan.ts';
import type { Hold } from '../model/reasons.ts';
import { authorityOfSource } from '../model/sender.ts';
import { canStart } from '../revoke/attempt.ts';
import { type CheckedKind, firstHold, SAFETY_CHECKS } from '../revoke/checks.ts';
import { checkKey, revokeKey, revokeListedKey } from '../revoke/key.ts';
import { scheduleCheck } from '../revoke/schedule-check.ts';
import { mapWithConcurrency } from '../runtime/limit.ts';

type PrincipalCheck = CheckPlan & { readonly target: PrincipalTarget };

const MAX_WRITE_ATTEMPTS = 5;

const NOT_DUE = {
  kind: 'dead',
  reason: 'invalid',
  detail: 'data: expected the next check of a settled event',
} as const;
const UNCONFIRMED = { kind: 'dead', reason: 'unconfirmed', detail: 'still live after the third check' } as const;

/**
 * A dead letter `invalid` unless its parent event is due for the check, or has had it, which SQS may deliver twice. A
 * check that comes before its delay has passed, or before an earlier one has ended, is retried. Rejects if the ledger,
 * a record or a message cannot be written.
 */
export async function processCheck(context: EventContext, check: CheckPlan): Promise<Disposition> {
  const { target, generation } = check;
  const { runtime, delivery } = context;
  const retryAfterS = secondsUntilDue(generation, delivery.sentAt, runtime.ports.clock.now());
  if (retryAfterS > 0) return retryLater('check-early', retryAfterS);
  if (target.kind === 'key') return verifyKey(context, { ...check, target });
  const claim = await readEvent(runtime.ports, eventKey(runtime.ports, check.parent));
  // Its delivery has not closed the row yet, or has ended and another will.
  if (claim?.row.state === 'open') return retryLater('parent-open');
  const principalCheck = { ...check, target };
  if (claim !== undefined && isDueCheck(claim.row, principalCheck)) {
    return checkPrincipal(context, principalCheck, claim.row);
  }
  const made = claim === undefined ? undefined : lastCheckOf(claim.row, target);
  if (made === undefined) return { ...NOT_DUE, target };
  // The one before it is marked after this one was sent, and a replay of the parent event makes all of them again.
  if (made < generation) return retryLater('check-early');
  await context.audit({ phase: 'outcome', target, outcome: 'duplicate' });
  return DONE;
}

/** A leaked key has no row that could vouch for the parent event, so its check passes all checks of a leak. */
async function verifyKey(
  context: EventContext,
  check: CheckPlan & { readonly target: KeyTarget },
): Promise<Disposition> {
  if (!canStart(context)) return retryLater('not-started');
  const { target, generation } = check;
  const { accessKeyId } = target;
  const stopped = await checkKey('key-follow-up', {
    context,
    accessKeyId,
    confidence: undefined,
    place: keyPlaceOf(context, accessKeyId),
  });
  const result = stopped ?? (await revokeKey(context, accessKeyId));
  if (result.outcome !== 'accepted') return dispositionOf(result, context.runtime.settings, target);
  if (nextGeneration(generation) === undefined) return { ...UNCONFIRMED, target };
  await scheduleNext(context, check);
  return DONE;
}

/**
 * 0: none was made yet. Undefined: the event is not settled, or asks for no checks of the principal. One that is dead
 * for another principal is settled for this one.
 */
const lastCheckOf = (
  { state, principals, checked }: EventRow,
  { principalName }: PrincipalTarget,
): number | undefined =>
  (state === 'done' || state === 'dead') && principals.includes(principalName) ? checked[principalName] : undefined;

const isDueCheck = (row: EventRow, { target, generation }: Pick<PrincipalCheck, 'target' | 'generation'>): boolean =>
  lastCheckOf(row, target) === generation - 1;

async function scheduleNext(
  { runtime, approvals }: EventContext,
  { parent, target, generation }: CheckPlan,
): Promise<void> {
  const next = nextGeneration(generation);
  const ofKey = target.kind === 'key' ? { approvals } : {};
  if (next !== undefined) await scheduleCheck(runtime.ports, { parent, target, generation: next, ...ofKey });
}

async function checkPrincipal(given: EventContext, check: PrincipalCheck, row: EventRow): Promise<Disposition> {
  // The run of the parent event is still going on: what was approved for it, or for this check, counts.
  const context = withApprovals(given, mergeApprovals(row.approvals ?? [], given.approvals));
  const { runtime, invocation, event } = context;
  const { target, generation } = check;
  const { principalName: principal } = target;
  const kind: CheckedKind = row.late ? 'offboarding-follow-up' : 'compromise-follow-up';
  const approved: IsApproved = (hold) => [row.principals, [principal]].some((them) => approvedFor(context, them)(hold));
  const { source } = check.parent;
  const authority = row.authority ?? authorityOfSource(source, runtime.settings.senders);
  // A reinstatement names the person as the event does.
  const names = [principal, ...(row.named ?? []).filter((name) => sameButForCase(name, principal))];
  const facts = { runtime, principals: [principal], names, authority, source, time: row.time };
  const held = (hold: Hold): Disposition => heldBy(hold, target);
  const eventHold = await firstHold(SAFETY_CHECKS.event, { kind, facts, approved });
  if (eventHold !== undefined) return held(eventHold);

  const listing = await invocation.keys.first();
  if (listing === undefined) return retryLater('listing-failed');
  const snapshot = new Set(row.fence);
  const keys = listing.liveKeys(principal).filter((id) => row.late || snapshot.has(id));
  // Stryker disable next-line BooleanLiteral: no check of a follow-up reads `staged` or `admitted`
  const keyFacts = { runtime, source: event.source, time: event.time, principal, keys, staged: false, admitted: true };
  const keyHold = await firstHold(SAFETY_CHECKS.principal, { kind, facts: keyFacts, approved });
  if (keyHold !== undefined) return held(keyHold);

  const results = await mapWithConcurrency(runtime.settings.apiConcurrency, keys, (id) =>
    revokeListedKey(context, id, snapshot.has(id) ? {} : { late: true }),
  );
  const retry = results.find(({ next }) => next === 'retry');
  if (retry !== undefined) return dispositionOf(retry, runtime.settings, target);
  const unproven = results.some(isUnproven);
  if (unproven && nextGeneration(generation) === undefined) return { ...UNCONFIRMED, target };

  // An offboarded principal is checked three times: keys can be created after each check.
  if (unproven || row.late) await scheduleNext(context, check);
  const late = keys.filter((id) => !snapshot.has(id)).length;
  await context.audit({ phase: 'note', name: 'Follow-up Check', detail: `late-keys: ${late}`, target });
  await markChecked(context, check);
  return DONE;
}

const isUnproven = ({ next, outcome }: TargetOutcome): boolean => next === 'dead' || outcome === 'accepted';

/** Checks of the event's other principals write the same row: after a lost race it is read again. */
async function markChecked({ runtime: { ports }, approvals }: EventContext, check: PrincipalCheck): Promise<void> {
  const { parent, target, generation } = check;
  for (let attempt = 1; attempt <= MAX_WRITE_ATTEMPTS; attempt += 1) {
    const claim = await readEvent(ports, eventKey(ports, parent));
    if (claim === undefined || !isDueCheck(claim.row, check)) return;
    const checked = { ...claim.row.checked, [target.principalName]: generation };
    const kept = approvals.length === 0 ? {} : { approvals: mergeApprovals(claim.row.approvals ?? [], approvals) };
    if ((await updateClaim(ports, claim, { checked, ...kept }).catch(ignoreLostLease)) !== undefined) return;
  }
  throw new LeaseLost('lease-lost');
}
