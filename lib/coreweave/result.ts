/** How the revocation of one target ended, and what becomes of the event because of it. */

import type { Target } from '../model/plan.ts';
import type { Settings } from '../model/settings.ts';
import { DONE, type Settlement } from '../model/settlement.ts';
import type { AuditedCall } from './call.ts';
import type { Outcome } from './outcome.ts';

export interface TargetResult {
  /** `not-started`: no call was made (breaker, or no time left). */
  readonly outcome: Outcome | 'not-started';
  readonly next: 'done' | 'retry' | 'dead';
  /** The last call, if there was one. */
  readonly call?: AuditedCall;
  readonly retryAfterS?: number;
}

/** Takes a result, the settings and its target, if the event has just one; returns the settlement of the event. */
export function settlementFrom(
  { outcome, next, call, retryAfterS }: TargetResult,
  { dryRunKeep }: Pick<Settings, 'dryRunKeep'>,
  target?: Target,
): Settlement {
  const status = call?.status === undefined ? {} : { status: call.status };
  const about = target === undefined ? {} : { target };
  if (next === 'retry') {
    return { kind: 'retry', code: outcome, ...status, ...(retryAfterS === undefined ? {} : { retryAfterS }) };
  }
  if (next === 'dead') {
    return {
      kind: 'dead',
      reason: 'api-rejected',
      detail: 'the API refused the request as malformed',
      ...about,
      ...status,
    };
  }
  return outcome === 'would-revoke' && dryRunKeep
    ? { kind: 'dead', reason: 'held-dry-run', detail: 'rule: dry run with DRY_RUN_KEEP', ...about }
    : DONE;
}
