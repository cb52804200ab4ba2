/** The keys of one or several principals: listed, fenced, revoked as far as the fence allows, looked at, followed up. */
import { accessKeyId, type PrincipalName } from '../events/ids.ts';
import { fits, reach } from './domain/fence.ts';
import type { Stop } from './domain/guard.ts';
import type { Settlement } from './domain/settlement.ts';
import type { KeysOf } from './domain/target.ts';
import { principalTarget } from './domain/target.ts';
import type { TargetResult } from './domain/target-result.ts';
import { settlementFrom } from './domain/target-result.ts';
import { sendCheck } from './follow-up.ts';
import { eachWithin } from './gate.ts';
import type { Listing } from './inventory.ts';
import { keyList } from './key-list.ts';
import type { Lead } from './ledger.ts';
import { revokeFenced, revokeWhole } from './revoke-principal.ts';
import type { Work } from './work.ts';

export interface Principals extends Lead {
  readonly principals: readonly PrincipalName[];
  /** The event named the principal itself: it is revoked even without a live key to be seen. */
  readonly named: boolean;
  /** Why one more principal would be too many, if so. */
  readonly admit: (principal: PrincipalName) => Promise<Stop | undefined>;
}

/** Takes the work, the plan and the guarded principals; returns the settlement. The fence is in the row before the first call. */
export async function revokePrincipals(work: Work, plan: KeysOf, lead: Principals): Promise<Settlement> {
  const { principals, named, claim, keep } = lead;
  const listing = await work.invocation.inventory.before();
  if (listing === undefined) return { kind: 'retry', code: 'listing-failed' };

  const fence = claim.row.fence ?? principals.flatMap((principal) => listing.liveKeys(principal));
  if (!fits(fence)) return { kind: 'dead', reason: 'held-limit', detail: 'rule: more keys than a fence holds' };
  const concerned = principals.filter((principal) => named || listing.liveKeys(principal).length > 0);
  for (const principal of concerned) {
    const stop = await lead.admit(principal);
    if (stop !== undefined) return { kind: 'dead', ...stop, target: principalTarget(principal) };
  }
  await keep({ principals: [...principals], fence });

  const within = { listing, fence: new Set(fence), first: claim.row.fence === undefined, named };
  const results = await eachWithin(4, principals, (principal) => revokeOne(work, plan, { ...within, principal }));
  return combined(work, results);
}

interface One {
  readonly principal: PrincipalName;
  readonly listing: Listing;
  readonly fence: ReadonlySet<string>;
  readonly first: boolean;
  readonly named: boolean;
}

async function revokeOne(
  work: Work,
  { late }: KeysOf,
  { principal, listing, fence, first, named }: One,
): Promise<TargetResult> {
  const { settings, ports } = work.environment;
  const target = principalTarget(principal);
  const live = listing.liveKeys(principal);
  const before = keyList(live, ports.sha256);
  if (live.length === 0 && !named) {
    await work.record({ phase: 'outcome', target, outcome: 'no-keys', before, verifiedBy: 'listing' });
    return { outcome: 'no-keys', next: 'done' };
  }
  if (settings.mode === 'dry-run') {
    await work.record({ phase: 'outcome', target, outcome: 'would-revoke', before });
    return { outcome: 'would-revoke', next: 'done' };
  }
  const inside = live.filter((id) => late || fence.has(id));
  const way = reach({ late, first, ageMs: ports.clock.now() - listing.begun });
  const result =
    way === 'principal'
      ? await revokeWhole(work, { principal, live, late })
      : await revokeFenced(work, { principal, keys: inside.flatMap(idOf), before });
  const followed = result.next === 'done' && (inside.length > 0 || result.outcome === 'accepted');
  if (followed) await sendCheck(work, { parent: work.event, target, generation: 1 });
  return result;
}

/** The API lists ids that we would not take from an event; those cannot be revoked one by one. */
const idOf = (id: string) => {
  const parsed = accessKeyId.safeParse(id);
  return parsed.success ? [parsed.data] : [];
};

/** A retry of one principal retries the event; what is done by then is inside the fence and harmless to repeat. */
function combined(work: Work, results: readonly TargetResult[]): Settlement {
  const settlements = results.map((result) => settlementFrom(result, work.environment.settings));
  return (
    settlements.find(({ kind }) => kind === 'retry') ??
    settlements.find(({ kind }) => kind === 'dead') ?? { kind: 'done' }
  );
}
