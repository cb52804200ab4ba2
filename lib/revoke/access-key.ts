/** A leaked key: guards that need no store, then revocation. A broken guard does not stop it: a leak is worse. */
import type { Confidence } from '../../events/data.ts';
import type { AccessKeyId } from '../../events/ids.ts';
import type { Settlement } from '../model/settlement.ts';
import { settlementFrom, type TargetResult } from '../coreweave/result.ts';
import { sendCheck } from '../follow-up/settle-check.ts';
import { guardKey } from '../guard-key.ts';
import { revokeKey } from '../revoke-key.ts';
import { mayStart } from './attempt.ts';
import type { Work } from '../context.ts';

/** Takes a leak's work and its key id; returns the settlement. */
export const settleKey = async (work: Work, accessKeyId: AccessKeyId): Promise<Settlement> =>
  (await settleLeak(work, accessKeyId)).settlement;

export interface SettledLeak {
  readonly settlement: Settlement;
  /** Absent: no revocation was tried. */
  readonly outcome?: TargetResult['outcome'];
}

/** As `settleKey`, with how sure the leak is, unless the event itself says it; tells the outcome too. */
export async function settleLeak(work: Work, accessKeyId: AccessKeyId, confidence?: Confidence): Promise<SettledLeak> {
  if (!mayStart(work)) return { settlement: { kind: 'retry', code: 'not-started' } };
  const target = { kind: 'key', accessKeyId } as const;
  const stop = await guardKey(work, accessKeyId, confidence);
  if (stop !== undefined) return { settlement: { kind: 'dead', ...stop, target } };
  const result = await revokeKey(work, accessKeyId);
  if (result.outcome === 'accepted' && work.environment.settings.verify) {
    await sendCheck(work, { parent: work.event, target, generation: 1 });
  }
  return { settlement: settlementFrom(result, work.environment.settings, target), outcome: result.outcome };
}
