/** The keys of one or several principals: listed, fenced, revoked as far as the fence allows, looked at, followed up. */
import type { PrincipalName } from '../../events/ids.ts';
import type { EventRow } from '../ledger/event-row.ts';
import { fits, reach } from './fence.ts';
import type { Stop } from '../revoke/guards.ts';
import { type Settlement, settlementOf } from '../model/settlement.ts';
import { type KeysOf, principalTarget } from '../model/plan.ts';
import { settlementFrom, type TargetResult } from '../coreweave/result.ts';
import { sendCheck } from '../follow-up/settle-check.ts';
import { eachWithin } from '../runtime/limit.ts';
import type { Listing } from '../coreweave/list-keys.ts';
import { keyList } from '../key-list.ts';
import type { Lead } from '../ledger/ledger.ts';
import { revokeFenced, revokeWhole } from '../revoke-principal.ts';
import { ended } from '../revoke/attempt.ts';
import type { Work } from '../context.ts';

/** Principals of one event at work at once. */
const AT_ONCE = 4;

const UNLISTED = { kind: 'retry', code: 'listing-failed' } as const;

/** The fence of an event, and what it was made of. */
export interface Fenced {
  readonly listing: Listing;
  readonly fence: readonly string[];
  /** Whose keys those are. */
  readonly owners: readonly PrincipalName[];
  /** It was made in this delivery. */
  readonly first: boolean;
}

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

export interface Fencing extends Lead {
  readonly principals: readonly PrincipalName[];
  /** More keys than a fence holds are no hindrance: late ones go too, and a person has said so. */
  readonly unfenced: boolean;
}

/** Takes the lead and the principals; returns the fence, which is in the row by then, or the settlement when there can be none. */
export async function takeFence(
  { invocation }: Work,
  { claim, keep, principals, unfenced }: Fencing,
): Promise<Fenced | Settlement> {
  const listing = await invocation.inventory.before();
  if (listing === undefined) return UNLISTED;
  if (claim.row.fence !== undefined) return { listing, ...fenceIn(claim.row, claim.row.fence), first: false };
  const owners = principals.filter((principal) => listing.liveKeys(principal).length > 0);
  const fence = owners.flatMap((principal) => listing.liveKeys(principal));
  const kept = fits(fence);
  if (!kept && !unfenced) return { kind: 'dead', reason: 'held-limit', detail: 'rule: more keys than a fence holds' };
  await keep({ principals: [...principals], ...(kept ? { fence, owners } : {}) });
  return { listing, fence, owners, first: true };
}

const fenceIn = ({ owners, principals }: EventRow, fence: readonly string[]): Pick<Fenced, 'fence' | 'owners'> => ({
  fence,
  // Stryker disable next-line ArrayDeclaration: nobody asks about what is no principal
  owners: owners ?? (fence.length > 0 ? principals : []),
});

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
