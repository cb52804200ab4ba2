/**
 * One target, revoked with proof: intent record, call, what the answer means, a look at the result, outcome record; a
 * few quick tries where a moment can help. The order is the promise of the product: no effect without a record.
 */

import { budgetMs, type Work } from '../context.ts';
import { verdictOf } from '../coreweave/access-key.ts';
import type { ApiRequest, Observation } from '../coreweave/api.ts';
import type { AuditedCall, KeyList } from '../coreweave/call.ts';
import { type Outcome, type Reading, readRevocation } from '../coreweave/outcome.ts';
import type { TargetResult } from '../coreweave/result.ts';
import { type Target, targetName } from '../model/plan.ts';
import { quickPauseMs, retryAfterSeconds } from '../runtime/retry.ts';

export const QUICK_TRIES = 3;
/** The longest Retry-After, in ms, that is waited for inside an invocation. */
const LONGEST_PAUSE_MS = 2_000;
/** Time that a call needs at least to be worth starting, in ms. */
const LEAST_CALL_MS = 100;

type Revocation = Extract<ApiRequest, { call: 'revoke-key' | 'revoke-principal' }>;

export interface Attempt {
  readonly target: Target;
  readonly request: Revocation;
  /** Calls at most in this delivery. */
  readonly tries: number;
  readonly verifiedBy: 'read-back' | 'listing';
  /** The outcome once nothing of the target is live: `no-keys` when nothing was before either. */
  readonly gone: 'confirmed' | 'no-keys';
  readonly before?: KeyList;
  readonly late?: true;
  /** Epoch ms: it must not be called later, or take longer. What it reaches is then not what was listed any more. */
  readonly endsAt?: number;
  /** Looks at the target, again a few times while it still shows live if `patient`; undefined: nothing was seen that proves either. */
  look(patient: boolean): Promise<Sight | undefined>;
}

/** Whether a revocation may start: there is time for a call and a turn, and the breaker lets calls through. What only prepares one must not start either. */
export const mayStart = (work: Work): boolean =>
  budgetMs(work) >= LEAST_CALL_MS && work.environment.caller.isOpen(work.invocation.endsAt);

/** Takes an outcome that settles a target; returns it as the result. */
export const ended = (outcome: Outcome): TargetResult => ({ outcome, next: 'done' });

interface Tried extends TargetResult {
  /** Pause before another try at once, in ms; absent: none. */
  readonly againMs?: number;
}

/** Runs the attempt until it is settled, nothing more can be done at once, or time is up. Rejects only when a record cannot be written. */
export async function revokeTarget(work: Work, attempt: Attempt): Promise<TargetResult> {
  const { caller, ports } = work.environment;
  let last: TargetResult = { outcome: 'not-started', next: 'retry' };
  for (let number = 1; number <= attempt.tries; number += 1) {
    const called = await caller.turn(() => callOnce(work, attempt, number), work.invocation.endsAt);
    if (called === undefined) return last;
    const { againMs, ...result } = await settleCall(work, attempt, called);
    last = result;
    if (againMs === undefined || againMs + LEAST_CALL_MS > budgetMs(work)) return last;
    if (number < attempt.tries) await ports.clock.sleep(againMs);
  }
  return last;
}

/** What an answer means, once nothing has to be asked. */
type Decided = Reading & { readonly next: Exclude<Reading['next'], 'ask'> };

interface Called {
  readonly number: number;
  readonly call: AuditedCall;
  readonly observed: Observation;
  readonly reading: Decided;
}

/** Intent, then call; undefined when the breaker or the time lets nothing start. */
async function callOnce(work: Work, attempt: Attempt, number: number): Promise<Called | undefined> {
  const { record, environment, invocation } = work;
  const { target, request } = attempt;
  const endsAt = Math.min(invocation.endsAt, attempt.endsAt ?? invocation.endsAt);
  if (endsAt - environment.ports.clock.now() < LEAST_CALL_MS || !environment.caller.permits()) return undefined;
  const announced: AuditedCall = { call: request.call, attempt: number };
  await record({ phase: 'intent', target, call: announced });

  const observed = await environment.caller.send(request, endsAt);
  const reading = await askIfNeeded(work, request, readRevocation(observed));
  // Whether an unanswered call is trouble of the API, a look has to tell.
  if (reading.next !== 'verify-effect') environment.caller.observe(targetName(target), reading.systemic);
  return { number, call: { ...announced, ...shown(observed) }, observed, reading };
}

async function settleCall(work: Work, attempt: Attempt, called: Called): Promise<Tried> {
  const { call, reading } = called;
  if (reading.next === 'verify-effect') return lookForEffect(work, attempt, called);
  if (reading.next === 'verify') return verify(work, attempt, call);
  await work.record({
    phase: 'outcome',
    target: attempt.target,
    outcome: reading.outcome,
    call,
    ...kept(attempt),
    ...(reading.next === 'done' ? { verifiedBy: 'api-answer' } : {}),
  });
  return { outcome: reading.outcome, next: reading.next, call, ...pauses(work, called) };
}

/** 403 may be this target's own, or mean that our token may do nothing: `auth/can-i` tells. (API reference, permissions) */
async function askIfNeeded(
  { environment, invocation }: Work,
  { call }: Revocation,
  reading: Reading,
): Promise<Decided> {
  const { next } = reading;
  if (next !== 'ask') return { ...reading, next };
  const action = call === 'revoke-key' ? 'cwobject:RevokeAccessKeyByAccessKey' : 'cwobject:RevokeAccessKeysByPrincipal';
  const verdict = verdictOf(await environment.caller.send({ call: 'can-i', action }, invocation.endsAt));
  return { ...reading, next: 'retry', systemic: verdict === false };
}

/** The call may or may not have had its effect. First the truth goes on record, then a look tells. */
async function lookForEffect(work: Work, attempt: Attempt, { call, reading }: Called): Promise<Tried> {
  const { record, environment } = work;
  const { target, verifiedBy, gone } = attempt;
  await record({ phase: 'outcome', target, outcome: 'unknown', call, ...kept(attempt) });
  const sight = await attempt.look(false);
  // At the invocation's end nothing can be seen any more: that says nothing about the API.
  if (budgetMs(work) > 0) environment.caller.observe(targetName(target), sight === undefined);
  if (sight?.gone) {
    await record({ phase: 'outcome', target, outcome: gone, call, ...kept(attempt), ...seen(sight), verifiedBy });
    return { ...ended(gone), call };
  }
  return {
    outcome: reading.outcome,
    next: 'retry',
    call,
    againMs: quickPauseMs(call.attempt, environment.ports.chance.fraction()),
  };
}

/** 200 says that the call was taken, not that the key is dead. (API reference, propagation) */
async function verify(work: Work, attempt: Attempt, call: AuditedCall): Promise<Tried> {
  const { target, verifiedBy } = attempt;
  const looks = work.environment.settings.verify;
  const sight = looks ? await attempt.look(true) : undefined;
  const outcome = sight?.gone ? attempt.gone : 'accepted';
  const shows = { ...kept(attempt), ...seen(sight), ...(looks && { verifiedBy }) };
  await work.record({ phase: 'outcome', target, outcome, call, ...shows });
  return { ...ended(outcome), call };
}

/** When to try again: at once where that helps and nobody asked for more patience, else when the API says. */
function pauses({ environment }: Work, { observed, reading, number }: Called): Pick<Tried, 'againMs' | 'retryAfterS'> {
  const { clock, chance } = environment.ports;
  const retryAfterS =
    'retryAfter' in observed ? retryAfterSeconds(observed.retryAfter, observed.date, clock.now()) : undefined;
  const againMs = Math.max((retryAfterS ?? 0) * 1_000, quickPauseMs(number, chance.fraction()));
  return {
    ...(retryAfterS && { retryAfterS }),
    ...(reading.quick && againMs <= LONGEST_PAUSE_MS ? { againMs } : {}),
  };
}

const shown = (observed: Observation): Pick<AuditedCall, 'status' | 'latencyMs' | 'fault'> =>
  observed.kind === 'answer'
    ? { status: observed.status, latencyMs: observed.latencyMs }
    : { fault: observed.fault, latencyMs: observed.latencyMs };

/** What every outcome record of the attempt repeats: the keys before, and whether the key was a late one. */
export const kept = ({ before, late }: Attempt) => ({
  ...(before && { before }),
  ...(late && { late }),
});

const seen = (sight: Sight | undefined) => ({ ...(sight?.after && { after: sight.after }) });
/** What a look at a target after a call showed of it. */
export interface Sight {
  /** Nothing of it is live any more. */
  readonly gone: boolean;
  /** What of it still is. */
  readonly after?: KeyList;
}

/**
 * Takes the pauses before each look (ms) and the look, which shows undefined when it proves nothing; returns what was
 * seen last, or undefined for nothing. Begins no look after the invocation's end.
 */
export async function lookUntilGone(
  work: Work,
  pausesMs: readonly number[],
  look: () => Promise<Sight | undefined>,
): Promise<Sight | undefined> {
  let sight: Sight | undefined;
  for (const pauseMs of pausesMs) {
    if (pauseMs >= budgetMs(work)) break;
    if (pauseMs > 0) await work.environment.ports.clock.sleep(pauseMs);
    sight = (await look()) ?? sight;
    if (sight?.gone) break;
  }
  return sight;
}

/**
 * Revokes a target for one event of the batch, or joins the revocation of the same target that another one has started:
 * one call, and each event keeps its own records. Rejects as `revokeTarget`.
 */
export async function revokeShared(work: Work, attempt: Attempt): Promise<TargetResult> {
  const { calls } = work.invocation;
  const name = targetName(attempt.target);
  const running = calls.get(name);
  if (running !== undefined) return join(work, attempt, running);
  const revocation = revokeTarget(work, attempt);
  calls.set(name, revocation);
  return revocation;
}

async function join({ record }: Work, attempt: Attempt, running: Promise<TargetResult>): Promise<TargetResult> {
  const { target, request } = attempt;
  const result = await running;
  const { outcome, call } = result;
  // The call has an intent of its own. Where there was none, an intent here would only stay open.
  if (outcome === 'not-started') return result;
  await record({ phase: 'intent', target, call: { call: request.call, attempt: 1 }, shared: true });
  await record({ phase: 'outcome', target, outcome, ...(call && { call }), ...kept(attempt), shared: true });
  return result;
}
