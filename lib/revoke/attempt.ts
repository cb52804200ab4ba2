/**
 * One target, revoked with proof: intent record, call, read-back, outcome record; a few quick attempts where a moment
 * can help. The order is the promise of the product: no effect without a record.
 */
import { budgetMs, type EventContext } from '../context.ts';
import type { KeyList } from '../model/key.ts';
import {
  type AttemptResult,
  isWithoutEffect,
  NOT_STARTED,
  type Revoked,
  settledAs,
  type TargetOutcome,
} from '../model/outcome.ts';
import { type Target, targetName } from '../model/plan.ts';
import { MIN_CALL_MS } from '../runtime/deadline.ts';
import { quickPauseMs } from '../runtime/retry.ts';

export const QUICK_ATTEMPTS = 3;
/** A Retry-After, in ms, that is longer than this is not waited for inside an invocation. */
const MAX_PAUSE_MS = 2_000;

/** What a read-back showed of a target. */
export interface Verification {
  /** No key of it is live. */
  readonly gone: boolean;
  /** Keys of it that are still live. */
  readonly after?: KeyList;
}

export interface Revocation {
  readonly target: Target;
  /** Calls at most in this delivery. */
  readonly maxAttempts: number;
  readonly verifiedBy: 'read-back' | 'listing';
  /** The outcome once nothing of the target is live: `already-revoked` or `no-keys` if nothing was before either. */
  readonly outcomeIfGone: 'confirmed' | 'already-revoked' | 'no-keys';
  readonly before?: KeyList;
  readonly late?: true;
  /** Epoch ms at which the call must have ended: later it could reach keys that the listing did not show. */
  readonly mustEndBy?: number;
  /**
   * Reads the target back; `patient`: again a few times while it still shows live. Undefined: nothing could be read.
   */
  verify(patient: boolean): Promise<Verification | undefined>;
}

/**
 * Whether a revocation, or what prepares one, may start: there is time and a slot, and the circuit breaker is closed.
 */
export const canStart = ({ runtime, invocation }: EventContext): boolean =>
  runtime.credentials.canRevoke(invocation.endsAt);

/** Rejects only if a record cannot be written. */
export async function revokeTarget(context: EventContext, revocation: Revocation): Promise<TargetOutcome> {
  const { runtime, invocation, audit } = context;
  const { target, maxAttempts, mustEndBy } = revocation;
  let last: Revoked = NOT_STARTED;
  for (let attempt = 1; attempt <= maxAttempts; attempt += 1) {
    const result = await runtime.credentials.revoke(target, {
      attempt,
      endsAt: invocation.endsAt,
      ...(mustEndBy === undefined ? {} : { mustEndBy }),
      beforeCall: (call) => audit({ phase: 'intent', target, call }),
    });
    if (result === undefined) return last;
    const ended = await settleAttempt(context, revocation, result);
    last = isWithoutEffect(last) ? ended : { ...ended, inDoubt: true };
    const pauseMs = last.next === 'retry' ? quickRetryMs(context, result) : undefined;
    if (pauseMs === undefined || pauseMs + MIN_CALL_MS > budgetMs(context)) return last;
    if (attempt < maxAttempts) await runtime.ports.clock.sleep(pauseMs);
  }
  return last;
}

async function settleAttempt(context: EventContext, revocation: Revocation, result: AttemptResult): Promise<Revoked> {
  const { outcome, next, call, retryAfterS } = result;
  if (next === 'verify') return verify(context, revocation, result);
  if (next === 'verify-effect') return verifyEffect(context, revocation, result);
  await context.audit({
    phase: 'outcome',
    target: revocation.target,
    outcome,
    call,
    ...recorded(revocation),
    ...(next === 'done' ? { verifiedBy: 'api-answer' } : {}),
  });
  return { outcome, next, call, ...(retryAfterS === undefined ? {} : { retryAfterS }) };
}

/** 200 says that the call was accepted, not that the key is no longer live. (API reference, propagation) */
async function verify(context: EventContext, revocation: Revocation, { call }: AttemptResult): Promise<Revoked> {
  const { target, verifiedBy, outcomeIfGone } = revocation;
  const reads = context.runtime.settings.verify;
  const seen = reads ? await revocation.verify(true) : undefined;
  const outcome = seen?.gone ? outcomeIfGone : 'accepted';
  const proof = { ...recorded(revocation), ...keysAfter(seen), ...(reads && { verifiedBy }) };
  await context.audit({ phase: 'outcome', target, outcome, call, ...proof });
  return { ...settledAs(outcome), call };
}

/** The call may or may not have had its effect: that is recorded first, then a read-back tells. */
async function verifyEffect(context: EventContext, revocation: Revocation, { call }: AttemptResult): Promise<Revoked> {
  const { audit, runtime } = context;
  const { target, verifiedBy, outcomeIfGone: outcome } = revocation;
  await audit({ phase: 'outcome', target, outcome: 'unknown', call, ...recorded(revocation) });
  const seen = await revocation.verify(false);
  // At the invocation's end nothing can be read any more: that says nothing about the API.
  if (budgetMs(context) > 0) runtime.credentials.reportVerification(target, seen !== undefined);
  if (!seen?.gone) return { outcome: 'unknown', next: 'retry', call };
  await audit({ phase: 'outcome', target, outcome, call, ...recorded(revocation), ...keysAfter(seen), verifiedBy });
  return { ...settledAs(outcome), call };
}

/** The pause before another attempt in this invocation; undefined: the message is retried later. */
function quickRetryMs({ runtime }: EventContext, { quick, call, retryAfterS = 0 }: AttemptResult): number | undefined {
  if (!quick) return undefined;
  const pauseMs = Math.max(retryAfterS * 1_000, quickPauseMs(call.attempt, runtime.ports.chance.fraction()));
  return pauseMs <= MAX_PAUSE_MS ? pauseMs : undefined;
}

/** What every outcome record of a revocation repeats. */
const recorded = ({ before, late }: Revocation) => ({ ...(before && { before }), ...(late && { late }) });

const keysAfter = (seen: Verification | undefined) => ({ ...(seen?.after && { after: seen.after }) });

/**
 * Equal targets of one batch share one revocation; each event keeps its own records. Rejects as `revokeTarget`.
 */
export async function revokeShared(context: EventContext, revocation: Revocation): Promise<TargetOutcome> {
  const { revocations } = context.invocation;
  const name = targetName(revocation.target);
  const running = revocations.get(name);
  if (running !== undefined) return joinRevocation(context, revocation, running);
  const started = revokeTarget(context, revocation);
  revocations.set(name, started);
  return started;
}

async function joinRevocation(
  { audit }: EventContext,
  revocation: Revocation,
  running: Promise<TargetOutcome>,
): Promise<TargetOutcome> {
  const { target } = revocation;
  const result = await running;
  // An intent without a call would stay open.
  if (
    result.outcome === 'not-started' ||
    result.outcome === 'held' ||
    result.outcome === 'undecided' ||
    result.call === undefined
  )
    return result;
  const { outcome, call } = result;
  await audit({ phase: 'intent', target, call: { call: call.call, attempt: 1 }, shared: true });
  await audit({ phase: 'outcome', target, outcome, call, ...recorded(revocation), shared: true });
  return result;
}

/**
 * Reads back after each pause (ms) until the target is gone; revocation takes a moment to propagate. Returns what was
 * seen last; undefined: nothing could be read. Starts no read after the invocation's end.
 */
export async function verifyUntilGone(
  context: EventContext,
  pausesMs: readonly number[],
  read: () => Promise<Verification | undefined>,
): Promise<Verification | undefined> {
  let seen: Verification | undefined;
  for (const pauseMs of pausesMs) {
    if (pauseMs >= budgetMs(context)) break;
    if (pauseMs > 0) await context.runtime.ports.clock.sleep(pauseMs);
    seen = (await read()) ?? seen;
    if (seen?.gone) break;
  }
  return seen;
}
