/** One principal's keys, in one of two ways: by principal (every key that exists), or key by key inside the fence. */
import type { PrincipalName } from '../events/ids.ts';
import { FRESH_MS } from './offboard/fence.ts';
import { sightOf } from './coreweave/access-key.ts';
import { principalTarget } from './model/plan.ts';
import type { TargetResult } from './coreweave/result.ts';
import { eachWithin } from './runtime/limit.ts';
import { keyList } from './key-list.ts';
import { revokeListedKey } from './revoke-key.ts';
import { lookUntilGone, type Sight } from './revoke-look.ts';
import { revokeShared } from './revoke-shared.ts';
import { ended, QUICK_TRIES, revokeTarget } from './revoke/attempt.ts';
import type { Work } from './context.ts';

const LOOKED_AT_ONE_BY_ONE = 20;
const LOOKS_MS = [0, 500, 1_500];

/** A principal, its live keys by the listing before, and whether it had any, now or when the fence was made. */
interface Owned {
  readonly principal: PrincipalName;
  readonly live: readonly string[];
  readonly hadKeys: boolean;
}

/**
 * Takes the principal, whether late keys go too, and when its listing was begun (epoch ms). One call reaches every key; a
 * compromise gets one try of it, while the listing is fresh, since later ones could reach keys minted in between. Offboardings of one principal in a batch share it.
 */
export function revokeWhole(
  work: Work,
  { principal, live, hadKeys, late, begun }: Owned & { readonly late: boolean; readonly begun: number },
): Promise<TargetResult> {
  const { sha256 } = work.environment.ports;
  const revoke = late ? revokeShared : revokeTarget;
  return revoke(work, {
    target: principalTarget(principal),
    request: { call: 'revoke-principal', principalName: principal },
    tries: late ? QUICK_TRIES : 1,
    gone: hadKeys ? 'confirmed' : 'no-keys',
    verifiedBy: isReadBack(live) ? 'read-back' : 'listing',
    before: keyList(live, sha256),
    ...(late ? {} : { endsAt: begun + FRESH_MS }),
    look: (patient) => lookUntilGone(work, patient ? LOOKS_MS : [0], lookAtKeys(work, { principal, live })),
  });
}

/** A few keys are looked at one by one; more are cheaper to list, and none can only be listed. */
const isReadBack = (live: readonly string[]): boolean => live.length > 0 && live.length <= LOOKED_AT_ONE_BY_ONE;

/** Each look is about the keys that the one before did not show to be gone. */
function lookAtKeys(
  work: Work,
  { principal, live }: Pick<Owned, 'principal' | 'live'>,
): () => Promise<Sight | undefined> {
  let left = live;
  return async () => {
    const still = isReadBack(live) ? await stillLive(work, left) : await stillListed(work, { principal, live });
    if (still === undefined) return undefined;
    left = still;
    return { gone: still.length === 0, after: keyList(still, work.environment.ports.sha256) };
  };
}

/** Which of the keys cannot be shown to be gone; undefined when nothing could be seen at all. */
async function stillLive(
  { environment, invocation }: Work,
  ids: readonly string[],
): Promise<readonly string[] | undefined> {
  const sights = await Promise.all(
    ids.map(async (id) => ({
      id,
      kind: sightOf(id, await environment.caller.send({ call: 'read-key', accessKeyId: id }, invocation.endsAt)).kind,
    })),
  );
  if (sights.every(({ kind }) => kind === 'unseen')) return undefined;
  return sights.filter(({ kind }) => kind !== 'gone').map(({ id }) => id);
}

/** Which of the keys a new listing still shows; for a principal that had none, whatever it shows. */
async function stillListed(
  { invocation }: Work,
  { principal, live }: Pick<Owned, 'principal' | 'live'>,
): Promise<readonly string[] | undefined> {
  const listing = await invocation.inventory.after();
  const known = new Set(live);
  return listing?.liveKeys(principal).filter((id) => known.size === 0 || known.has(id));
}

/** Takes the principal and the fence; revokes each live key inside it apart. Returns how that ended, for each of them, or as a whole when there is none. */
export async function revokeFenced(
  work: Work,
  { principal, live, fence }: Omit<Owned, 'hadKeys'> & { readonly fence: ReadonlySet<string> },
): Promise<TargetResult | readonly TargetResult[]> {
  const { ports, settings } = work.environment;
  const keys = live.filter((id) => fence.has(id));
  if (keys.length > 0) return eachWithin(settings.apiConcurrency, keys, (id) => revokeListedKey(work, id));
  // What lives outside the fence is none of this event's.
  const outcome = fence.size > 0 ? 'confirmed' : 'no-keys';
  const before = keyList(keys, ports.sha256);
  await work.record({ phase: 'outcome', target: principalTarget(principal), outcome, before, verifiedBy: 'listing' });
  return ended(outcome);
}
