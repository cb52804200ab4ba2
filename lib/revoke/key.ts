/**
 * A leaked key, from the safety checks to the follow-up. Repeating it is harmless, so it needs no store, and no store
 * may stop it.
 */
import type { Confidence } from '../../events/data.ts';
import { type AccessKeyId, accessKeyId as accessKeyIdSchema } from '../../events/ids.ts';
import { approvedFor, type EventContext, keyPlaceOf } from '../context.ts';
import type { LeakConfidence } from '../model/alert.ts';
import { isWithoutEffect, NOT_STARTED, type Stopped, settledAs, type TargetOutcome } from '../model/outcome.ts';
import { canStart, QUICK_ATTEMPTS, revokeShared, type Verification, verifyUntilGone } from './attempt.ts';
import { type CheckedKind, firstHold, SAFETY_CHECKS } from './checks.ts';
import type { KeyFacts } from './owner.ts';
import { scheduleCheck } from './schedule-check.ts';

/** Pauses in ms before each read-back. */
const READ_BACK_PAUSES_MS = [0, 250, 1_000];

/**
 * `confidence`: how sure the leak is; by default what the event itself says. Rejects if a record or message cannot be
 * written.
 */
export async function revokeLeakedKey(
  context: EventContext,
  accessKeyId: AccessKeyId,
  confidence: LeakConfidence | undefined = claimedConfidence(context),
): Promise<TargetOutcome> {
  if (!canStart(context)) return NOT_STARTED;
  const place = keyPlaceOf(context, accessKeyId);
  const result = await checkAndRevoke({ context, accessKeyId, confidence, place });
  if (isWithoutEffect(result)) await place.leave();
  return result;
}

async function checkAndRevoke(facts: KeyFacts): Promise<TargetOutcome> {
  const { context, accessKeyId } = facts;
  const { runtime, event, approvals } = context;
  const stopped = await checkKey('leaked-key', facts);
  if (stopped !== undefined) return stopped;
  const alreadyRevoked = await wasDeleted(context, accessKeyId);
  const result = await revokeKey(context, accessKeyId, alreadyRevoked ? { alreadyRevoked } : {});
  if (result.outcome === 'accepted' && runtime.settings.verify) {
    const target = { kind: 'key', accessKeyId } as const;
    await scheduleCheck(runtime.ports, { parent: event, target, generation: 1, approvals });
  }
  return result;
}

/**
 * Whether the key was deleted before the event, as far as a safety check had to read it. In a later delivery or a
 * replay the deletion may be ours.
 */
async function wasDeleted(
  { invocation, delivery, redriven }: EventContext,
  accessKeyId: AccessKeyId,
): Promise<boolean> {
  if (delivery.receiveCount > 1 || delivery.replays > 0 || redriven) return false;
  const owner = await invocation.owners.known(accessKeyId);
  return owner?.kind === 'known' && owner.deleted === true;
}

const claimedConfidence = ({ event: { data } }: EventContext): Confidence | undefined =>
  'confidence' in data ? data.confidence : undefined;

/** The first safety check of a key that holds it and was not approved for this key, or cannot be decided. */
export async function checkKey(kind: CheckedKind, facts: KeyFacts): Promise<Stopped | undefined> {
  const approved = approvedFor(facts.context, [facts.accessKeyId]);
  const verdict = await firstHold(SAFETY_CHECKS.key, { kind, facts, approved });
  return verdict !== undefined && 'reason' in verdict ? { outcome: 'held', next: 'dead', hold: verdict } : verdict;
}

interface KeyMarks {
  readonly late?: true;
  readonly alreadyRevoked?: true;
}

/**
 * `late`: the key was created after its owner had been revoked; `alreadyRevoked`: it was deleted before. Equal keys of
 * one batch share one revocation. In dry run nothing is called.
 */
export async function revokeKey(
  context: EventContext,
  accessKeyId: AccessKeyId,
  { alreadyRevoked, ...mark }: KeyMarks = {},
): Promise<TargetOutcome> {
  const target = { kind: 'key', accessKeyId } as const;
  if (context.runtime.settings.mode === 'dry-run') {
    await context.audit({ phase: 'outcome', target, outcome: 'would-revoke', ...mark });
    return settledAs('would-revoke');
  }
  return revokeShared(context, {
    target,
    maxAttempts: QUICK_ATTEMPTS,
    outcomeIfGone: alreadyRevoked ? 'already-revoked' : 'confirmed',
    verifiedBy: 'read-back',
    ...mark,
    verify: (patient) =>
      verifyUntilGone(context, patient ? READ_BACK_PAUSES_MS : [0], () => readBack(context, accessKeyId)),
  });
}

/**
 * As `revokeKey`, for an id that the API has listed. One that no event could name cannot be sent: `rejected`, so that a
 * person sees it.
 */
export function revokeListedKey(
  context: EventContext,
  id: string,
  mark: { readonly late?: true } = {},
): Promise<TargetOutcome> {
  const parsed = accessKeyIdSchema.safeParse(id);
  return parsed.success
    ? revokeKey(context, parsed.data, mark)
    : // Stryker disable next-line StringLiteral: a dead target's outcome is not read
      Promise.resolve({ outcome: 'rejected', next: 'dead' });
}

async function readBack(
  { runtime, invocation }: EventContext,
  accessKeyId: AccessKeyId,
): Promise<Verification | undefined> {
  const { kind } = await runtime.credentials.keyState(accessKeyId, invocation.endsAt);
  return kind === 'unreadable' ? undefined : { gone: kind === 'gone' };
}
