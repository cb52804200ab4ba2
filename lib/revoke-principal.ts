/** One principal's keys, in one of two ways: by principal (every key that exists), or key by key inside the fence. */
import type { AccessKeyId, PrincipalName } from '../events/ids.ts';
import type { KeyList } from './domain/audit-entry.ts';
import { sightOf } from './domain/keys.ts';
import { principalTarget } from './domain/target.ts';
import type { TargetResult } from './domain/target-result.ts';
import { eachWithin } from './gate.ts';
import { keyList } from './key-list.ts';
import { revokeKey } from './revoke-key.ts';
import { revokeShared } from './revoke-shared.ts';
import { QUICK_TRIES, revokeTarget, type Sight } from './revoke-target.ts';
import { budgetMs, type Work } from './work.ts';

/** Up to so many keys are looked at one by one; more are cheaper to list. */
const LOOKED_AT_ONE_BY_ONE = 20;
const LOOKS_MS = [0, 500, 1_500];

/**
 * Takes the principal, its live keys before, and whether late keys go too. One call reaches every key; a compromise gets
 * one try of it, since later ones could reach keys minted in between. Offboardings of one principal in a batch share it.
 */
export function revokeWhole(
  work: Work,
  {
    principal,
    live,
    late,
  }: { readonly principal: PrincipalName; readonly live: readonly string[]; readonly late: boolean },
): Promise<TargetResult> {
  const { sha256 } = work.environment.ports;
  const revoke = late ? revokeShared : revokeTarget;
  return revoke(work, {
    target: principalTarget(principal),
    request: { call: 'revoke-principal', principalName: principal },
    tries: late ? QUICK_TRIES : 1,
    gone: live.length === 0 ? 'no-keys' : 'confirmed',
    verifiedBy: live.length > 0 && live.length <= LOOKED_AT_ONE_BY_ONE ? 'read-back' : 'listing',
    before: keyList(live, sha256),
    look: (patient) => lookAtKeys(work, { principal, live }, patient ? LOOKS_MS : [0]),
  });
}

async function lookAtKeys(
  work: Work,
  { principal, live }: { readonly principal: PrincipalName; readonly live: readonly string[] },
  pausesMs: readonly number[],
): Promise<Sight> {
  const { clock, sha256 } = work.environment.ports;
  const one = live.length > 0 && live.length <= LOOKED_AT_ONE_BY_ONE;
  let left: readonly string[] = live;
  let kind: Sight['kind'] = 'unseen';
  for (const pauseMs of pausesMs) {
    if (pauseMs >= budgetMs(work)) break;
    if (pauseMs > 0) await clock.sleep(pauseMs);
    const still = one ? await stillLive(work, left) : await stillListed(work, { principal, live });
    if (still === undefined) continue;
    left = still;
    kind = still.length === 0 ? 'gone' : 'live';
    if (kind === 'gone') break;
  }
  return kind === 'unseen' ? { kind } : { kind, after: keyList(left, sha256) };
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
  { principal, live }: { readonly principal: PrincipalName; readonly live: readonly string[] },
): Promise<readonly string[] | undefined> {
  const listing = await invocation.inventory.after();
  const known = new Set(live);
  return listing?.liveKeys(principal).filter((id) => known.size === 0 || known.has(id));
}

/** Takes the keys inside the fence; revokes each apart. Done when all are, else a retry with the longest Retry-After. */
export async function revokeFenced(
  work: Work,
  {
    principal,
    keys,
    before,
  }: { readonly principal: PrincipalName; readonly keys: readonly AccessKeyId[]; readonly before: KeyList },
): Promise<TargetResult> {
  if (keys.length === 0) {
    const target = principalTarget(principal);
    await work.record({ phase: 'outcome', target, outcome: 'no-keys', before, verifiedBy: 'listing' });
    return { outcome: 'no-keys', next: 'done' };
  }
  const results = await eachWithin(work.environment.settings.apiConcurrency, keys, (id) => revokeKey(work, id));
  const worst = (next: TargetResult['next']) =>
    results.filter((result) => result.next === next).toSorted((a, b) => (b.retryAfterS ?? 0) - (a.retryAfterS ?? 0))[0];
  const accepted = results.find(({ outcome }) => outcome === 'accepted');
  return worst('retry') ?? worst('dead') ?? accepted ?? { outcome: 'confirmed', next: 'done' };
}
