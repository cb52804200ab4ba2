/** Equal targets of one batch share one revocation. */
import { targetName } from './model/plan.ts';
import type { TargetResult } from './coreweave/result.ts';
import { type Attempt, kept, revokeTarget } from './revoke/attempt.ts';
import type { Work } from './context.ts';

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
