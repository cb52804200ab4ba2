/**
 * A leaked key, from the safety checks to the follow-up. Repeating it is harmless, so it needs no store, and no store
 * may stop it.
 */
import type { Confidence } from '../../events/data.ts';
import { type AccessKeyId, accessKeyId as accessKeyIdSchema } from '../../events/ids.ts';
import type { EventContext } from '../context.ts';
import { bodyHash, eventKey, readEvent } from '../ledger/events.ts';
import type { KeyState } from '../model/key.ts';
import { NOT_STARTED, settledAs, type TargetOutcome } from '../model/outcome.ts';
import type { Hold, HoldReason } from '../model/reasons.ts';
import { canStart, QUICK_ATTEMPTS, revokeShared, type Verification, verifyUntilGone } from './attempt.ts';
import { type CheckedKind, firstHold, type KeyFacts, SAFETY_CHECKS } from './checks.ts';
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
  confidence: Confidence | undefined = claimedConfidence(context),
): Promise<TargetOutcome> {
  const { runtime, event } = context;
  if (!canStart(context)) return NOT_STARTED;
  let before: KeyState | undefined;
  const onRead = (state: KeyState): void => {
    before = state;
  };
  const hold = await holdOnKey('leaked-key', { context, accessKeyId, confidence, onRead });
  if (hold !== undefined) return { outcome: 'held', next: 'dead', hold };
  const result = await revokeKey(context, accessKeyId, wasDeleted(context, before) ? { alreadyRevoked: true } : {});
  if (result.outcome === 'accepted' && runtime.settings.verify) {
    await scheduleCheck(runtime.ports, { parent: event, target: { kind: 'key', accessKeyId }, generation: 1 });
  }
  return result;
}

/**
 * Whether the key was deleted before this event was first processed. In a later delivery or a replay it may have been
 * this function, and a key that the API does not know may never have existed.
 */
const wasDeleted = ({ delivery, redriven }: EventContext, before: KeyState | undefined): boolean =>
  before?.kind === 'gone' &&
  before.how === 'deleted' &&
  delivery.receiveCount === 1 &&
  delivery.replays === 0 &&
  !redriven;

const claimedConfidence = ({ event: { data } }: EventContext): Confidence | undefined =>
  'confidence' in data ? data.confidence : undefined;

/** The first safety check that holds a key and was not approved. Approvals are read only if a check holds. */
export async function holdOnKey(kind: CheckedKind, facts: KeyFacts): Promise<Hold | undefined> {
  const hold = await firstHold(SAFETY_CHECKS.key, { kind, facts, approved: [] });
  if (hold === undefined) return undefined;
  const approved = await approvedFor(facts.context);
  return approved.length === 0 ? hold : firstHold(SAFETY_CHECKS.key, { kind, facts, approved });
}

/** What was approved for this event and body. If the ledger cannot be read, the hold stands. */
async function approvedFor({ runtime: { ports }, event }: EventContext): Promise<readonly HoldReason[]> {
  const stored = await readEvent(ports, eventKey(ports, event)).catch(() => undefined);
  const approval = stored?.row.approval;
  return approval !== undefined && approval.bodyHash === bodyHash(ports, event) ? approval.codes : [];
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
