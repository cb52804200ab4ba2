/** The keys of one or several principals: listed, fenced, revoked as far as the fence allows, looked at, followed up. */
import type { PrincipalName } from '../../events/ids.ts';
import { keyList } from '../audit/write.ts';
import type { Work } from '../context.ts';
import { sightOf } from '../coreweave/access-key.ts';
import { settlementFrom, type TargetResult } from '../coreweave/result.ts';
import { type KeysOf, principalTarget } from '../model/plan.ts';
import { type Settlement, settlementOf } from '../model/settlement.ts';
import { revokeListedKey } from '../revoke/access-key.ts';
import { ended, lookUntilGone, QUICK_TRIES, revokeShared, revokeTarget, type Sight } from '../revoke/attempt.ts';
import type { Stop } from '../revoke/guards.ts';
import { sendCheck } from '../revoke/schedule-check.ts';
import { eachWithin } from '../runtime/limit.ts';
import { type Fenced, FRESH_MS, reach, UNLISTED } from './fence.ts';

/** Principals of one event at work at once. */
const AT_ONCE = 4;

export interface Principals {
  readonly principals: readonly PrincipalName[];
  /** The event named the principal itself: it is revoked even without a live key to be seen. */
  readonly named: boolean;
  /** The fence, made by the first call, or the settlement when there can be none. */
  readonly fence: () => Promise<Fenced | Settlement>;
  /** Why one more principal, with these keys, would be too many, if so. */
  readonly admit: (principal: PrincipalName, ids: readonly string[]) => Promise<Stop | undefined>;
  /** Why these keys must not all go, if so: a call by principal spares none. */
  readonly protects: (ids: readonly string[]) => Stop | undefined;
  /** Told of each principal that a follow-up check is sent for: the row must wait for that check, and for no other. */
  readonly follows: (principal: PrincipalName) => void;
}

/** Takes the work, the plan and the guarded principals; returns the settlement. Limits come last, as admission counts, and before the row grows. */
export async function revokePrincipals(work: Work, plan: KeysOf, lead: Principals): Promise<Settlement> {
  const { principals, named, follows } = lead;
  const listing = await work.invocation.inventory.before();
  if (listing === undefined) return UNLISTED;
  const concerned = principals.filter((principal) => named || listing.liveKeys(principal).length > 0);
  for (const principal of concerned) {
    const live = listing.liveKeys(principal);
    const stop = lead.protects(live) ?? (await lead.admit(principal, live));
    if (stop !== undefined) return { kind: 'dead', ...stop, target: principalTarget(principal) };
  }
  const fenced = await lead.fence();
  if ('kind' in fenced) return fenced;
  const results = await eachWithin(AT_ONCE, principals, (principal) =>
    revokeOne(work, plan, { ...fenced, named, follows, principal }),
  );
  return combined(work, results.flat());
}

interface One extends Fenced, Pick<Principals, 'named' | 'follows'> {
  readonly principal: PrincipalName;
}

async function revokeOne(
  work: Work,
  { late }: KeysOf,
  { principal, listing, fence, owners, first, named, follows }: One,
): Promise<TargetResult | readonly TargetResult[]> {
  const { settings, ports } = work.environment;
  const target = principalTarget(principal);
  const live = listing.liveKeys(principal);
  const before = keyList(live, ports.sha256);
  const followUp = async (): Promise<void> => {
    follows(principal);
    await sendCheck(work, { parent: work.event, target, generation: 1 });
  };
  // An earlier delivery may have revoked them and died before it could say so.
  const hadKeys = live.length > 0 || owners.includes(principal);
  if (live.length === 0 && !named) {
    const outcome = hadKeys ? 'confirmed' : 'no-keys';
    await work.record({ phase: 'outcome', target, outcome, before, verifiedBy: 'listing' });
    if (hadKeys && settings.mode === 'enforce') await followUp();
    return ended(outcome);
  }
  if (settings.mode === 'dry-run') {
    await work.record({ phase: 'outcome', target, outcome: 'would-revoke', before });
    return ended('would-revoke');
  }
  const way = reach({ late, first, ageMs: ports.clock.now() - listing.begun });
  const results = [
    way === 'principal'
      ? await revokeWhole(work, { principal, live, hadKeys, late, begun: listing.begun })
      : await revokeFenced(work, { principal, live, fence: new Set(fence) }),
  ].flat();
  const followed = results.every(({ next, outcome }) => next === 'done' && (hadKeys || outcome === 'accepted'));
  if (followed) await followUp();
  return results;
}

/** A retry of one target retries the event, after the longest Retry-After among them; what is done by then is inside the fence and harmless to repeat. */
function combined(work: Work, results: readonly TargetResult[]): Settlement {
  const settlements = results.map((result) => settlementFrom(result, work.environment.settings));
  const all = settlementOf(settlements);
  return all.kind === 'retry' ? all : (settlements.find(({ kind }) => kind === 'dead') ?? all);
}

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
