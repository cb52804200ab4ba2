/** A leaked key: guards that need no store, then revocation. A broken guard does not stop it: a leak is worse. */
import type { AccessKeyId } from '../events/ids.ts';
import type { Settlement } from './domain/settlement.ts';
import { settlementFrom } from './domain/target-result.ts';
import { sendCheck } from './follow-up.ts';
import { guardKey } from './guard-key.ts';
import { revokeKey } from './revoke-key.ts';
import { mayStart } from './revoke-target.ts';
import type { Work } from './work.ts';

/** Takes a leak's work and its key id; returns the settlement. */
export async function settleKey(work: Work, accessKeyId: AccessKeyId): Promise<Settlement> {
  if (!mayStart(work)) return { kind: 'retry', code: 'not-started' };
  const target = { kind: 'key', accessKeyId } as const;
  const stop = await guardKey(work, accessKeyId);
  if (stop !== undefined) return { kind: 'dead', ...stop, target };
  const result = await revokeKey(work, accessKeyId);
  if (result.outcome === 'accepted' && work.environment.settings.verify) {
    await sendCheck(work, { parent: work.event, target, generation: 1 });
  }
  return settlementFrom(result, work.environment.settings, target);
}
