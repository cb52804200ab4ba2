/** One access key: idempotent and harmless to repeat, so it needs no store, and no store may stop it. */
import { type AccessKeyId, accessKeyId as accessKeyIdSchema } from '../events/ids.ts';
import { sightOf } from './coreweave/access-key.ts';
import type { TargetResult } from './coreweave/result.ts';
import { lookUntilGone, type Sight } from './revoke-look.ts';
import { revokeShared } from './revoke-shared.ts';
import { ended, QUICK_TRIES } from './revoke/attempt.ts';
import type { Work } from './context.ts';

/** Pauses in ms before each look at a key that should be gone. */
const LOOKS_MS = [0, 250, 1_000];

/**
 * Takes the event's work and the id of a key (`mark`: minted after its owner had left); returns how its revocation
 * ended, with intent and outcome on record. Equal keys of one batch share one revocation. In dry run nothing is called.
 */
export async function revokeKey(
  work: Work,
  accessKeyId: AccessKeyId,
  mark: { readonly late?: true } = {},
): Promise<TargetResult> {
  const target = { kind: 'key', accessKeyId } as const;
  if (work.environment.settings.mode === 'dry-run') {
    await work.record({ phase: 'outcome', target, outcome: 'would-revoke', ...mark });
    return ended('would-revoke');
  }
  return revokeShared(work, {
    target,
    request: { call: 'revoke-key', accessKeyId },
    tries: QUICK_TRIES,
    gone: 'confirmed',
    verifiedBy: 'read-back',
    ...mark,
    look: (patient) => lookUntilGone(work, patient ? LOOKS_MS : [0], () => lookAtKey(work, accessKeyId)),
  });
}

/**
 * As `revokeKey`, for an id that the API has listed. One that no event could name cannot be asked for: `rejected`, so
 * that it ends before a person.
 */
export function revokeListedKey(work: Work, id: string, mark: { readonly late?: true } = {}): Promise<TargetResult> {
  const parsed = accessKeyIdSchema.safeParse(id);
  if (parsed.success) return revokeKey(work, parsed.data, mark);
  return Promise.resolve({
    // Stryker disable next-line StringLiteral: of what is dead nobody asks the outcome
    outcome: 'rejected',
    next: 'dead',
  });
}

async function lookAtKey({ environment, invocation }: Work, accessKeyId: AccessKeyId): Promise<Sight | undefined> {
  const observed = await environment.caller.send({ call: 'read-key', accessKeyId }, invocation.endsAt);
  const { kind } = sightOf(accessKeyId, observed);
  return kind === 'unseen' ? undefined : { gone: kind === 'gone' };
}
