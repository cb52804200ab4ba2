/** One access key: idempotent and harmless to repeat, so it needs no store, and no store may stop it. */
import { type AccessKeyId, accessKeyId as accessKeyIdSchema } from '../events/ids.ts';
import type { Observation } from './domain/api.ts';
import { sightOf } from './domain/keys.ts';
import type { TargetResult } from './domain/target-result.ts';
import { revokeShared } from './revoke-shared.ts';
import { QUICK_TRIES, type Sight } from './revoke-target.ts';
import { budgetMs, type Work } from './work.ts';

/** Pauses in ms before each look at a key that should be gone: revocation takes a moment to show. */
const LOOKS_MS = [0, 250, 1_000];

/**
 * Takes the event's work and the id of a key (`late`: minted after its owner had left); returns how its revocation
 * ended, with intent and outcome on record. Equal keys of one batch share one revocation. In dry run nothing is called.
 */
export async function revokeKey(
  work: Work,
  accessKeyId: AccessKeyId,
  { late }: { readonly late?: true } = {},
): Promise<TargetResult> {
  const target = { kind: 'key', accessKeyId } as const;
  const mark = late === undefined ? {} : { late };
  if (work.environment.settings.mode === 'dry-run') {
    await work.record({ phase: 'outcome', target, outcome: 'would-revoke', ...mark });
    return { outcome: 'would-revoke', next: 'done' };
  }
  return revokeShared(work, {
    target,
    request: { call: 'revoke-key', accessKeyId },
    tries: QUICK_TRIES,
    gone: 'confirmed',
    verifiedBy: 'read-back',
    ...mark,
    look: (patient) => lookAtKey(work, accessKeyId, patient ? LOOKS_MS : [0]),
  });
}

/**
 * As `revokeKey`, for an id that the API has listed. One that no event could name cannot be asked for: `rejected`, so
 * that it ends before a person.
 */
export function revokeListedKey(work: Work, id: string, mark: { readonly late?: true } = {}): Promise<TargetResult> {
  const parsed = accessKeyIdSchema.safeParse(id);
  return parsed.success ? revokeKey(work, parsed.data, mark) : Promise.resolve({ outcome: 'rejected', next: 'dead' });
}

/** Takes the pauses before each look; looks until the key is gone or no look is left. */
async function lookAtKey(work: Work, accessKeyId: AccessKeyId, pausesMs: readonly number[]): Promise<Sight> {
  let sight: Sight = { kind: 'unseen' };
  for (const pauseMs of pausesMs) {
    if (pauseMs >= budgetMs(work)) return sight;
    if (pauseMs > 0) await work.environment.ports.clock.sleep(pauseMs);
    sight = sightOf(accessKeyId, await readKey(work, accessKeyId));
    if (sight.kind === 'gone') return sight;
  }
  return sight;
}

const readKey = ({ environment, invocation }: Work, accessKeyId: AccessKeyId): Promise<Observation> =>
  environment.caller.send({ call: 'read-key', accessKeyId }, invocation.endsAt);
