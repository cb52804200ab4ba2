/**
 * One principal's keys, in one of two ways: by principal (every key that exists), or key by key within the snapshot.
 */
import type { PrincipalName } from '../../events/ids.ts';
import type { EventContext } from '../context.ts';
import { keyList } from '../model/key.ts';
import { settledAs, type TargetOutcome } from '../model/outcome.ts';
import { principalTarget } from '../model/plan.ts';
import { QUICK_ATTEMPTS, revokeShared, revokeTarget, type Verification, verifyUntilGone } from '../revoke/attempt.ts';
import { revokeListedKey } from '../revoke/key.ts';
import { mapWithConcurrency } from '../runtime/limit.ts';
import { MAX_LISTING_AGE_MS, revocationScope, type Snapshot } from './snapshot.ts';

/** Up to so many keys are read back one by one; more are cheaper to list. */
const MAX_READ_BACKS = 20;
/** Pauses in ms before each read-back. */
const READ_BACK_PAUSES_MS = [0, 500, 1_500];
/** Principals of one event that are revoked at once. */
export const CONCURRENT_PRINCIPALS = 4;

export interface PrincipalRequest {
  readonly principal: PrincipalName;
  /** The event names the principal itself: it is revoked even if no live key is listed. */
  readonly named: boolean;
  readonly late: boolean;
  readonly snapshot: Snapshot;
}

/** `followUp`: later checks are due, if the event is done. */
export interface RevokedPrincipal {
  readonly results: readonly TargetOutcome[];
  readonly followUp: boolean;
}

/** Rejects only if a record cannot be written. */
export async function revokePrincipal(context: EventContext, request: PrincipalRequest): Promise<RevokedPrincipal> {
  const { ports, settings } = context.runtime;
  const { principal, named, late, snapshot } = request;
  const { listing, owners, first } = snapshot;
  const target = principalTarget(principal);
  const live = listing.liveKeys(principal);
  const before = keyList(live, ports.sha256);
  // An earlier delivery may have revoked the keys and ended before it could say so.
  const hadKeys = live.length > 0 || owners.includes(principal);
  if (live.length === 0 && !named) {
    const outcome = hadKeys ? 'confirmed' : 'no-keys';
    await context.audit({ phase: 'outcome', target, outcome, before, verifiedBy: 'listing' });
    return { results: [settledAs(outcome)], followUp: hadKeys && settings.mode === 'enforce' };
  }
  if (settings.mode === 'dry-run') {
    await context.audit({ phase: 'outcome', target, outcome: 'would-revoke', before });
    return { results: [settledAs('would-revoke')], followUp: false };
  }
  const scope = revocationScope({ late, first, ageMs: ports.clock.now() - listing.begun });
  const results =
    scope === 'principal'
      ? [await revokeAllKeys(context, { request, live, hadKeys })]
      : await revokeSnapshotKeys(context, { request, live });
  const followUp = results.every(({ next, outcome }) => next === 'done' && (hadKeys || outcome === 'accepted'));
  return { results, followUp };
}

interface LiveKeys {
  readonly request: PrincipalRequest;
  /** Ids of the live keys by the listing before. */
  readonly live: readonly string[];
}

/**
 * One call reaches every key. A compromise gets one attempt, while the listing is fresh: later ones could reach keys
 * created since. Offboardings of one principal in a batch share the call.
 */
function revokeAllKeys(
  context: EventContext,
  { request: { principal, late, snapshot }, live, hadKeys }: LiveKeys & { readonly hadKeys: boolean },
): Promise<TargetOutcome> {
  const { sha256 } = context.runtime.ports;
  const revoke = late ? revokeShared : revokeTarget;
  const read = keysReader(context, principal, live);
  return revoke(context, {
    target: principalTarget(principal),
    maxAttempts: late ? QUICK_ATTEMPTS : 1,
    outcomeIfGone: hadKeys ? 'confirmed' : 'no-keys',
    verifiedBy: isReadBack(live) ? 'read-back' : 'listing',
    before: keyList(live, sha256),
    ...(late ? {} : { mustEndBy: snapshot.listing.begun + MAX_LISTING_AGE_MS }),
    verify: (patient) => verifyUntilGone(context, patient ? READ_BACK_PAUSES_MS : [0], read),
  });
}

/** A principal without a listed key can only be listed again. */
const isReadBack = (live: readonly string[]): boolean => live.length > 0 && live.length <= MAX_READ_BACKS;

/** Each read is about the keys that the one before did not show to be gone. */
function keysReader(
  context: EventContext,
  principal: PrincipalName,
  live: readonly string[],
): () => Promise<Verification | undefined> {
  const { sha256 } = context.runtime.ports;
  let left = live;
  return async () => {
    const still = isReadBack(live) ? await readKeys(context, left) : await listKeys(context, principal, live);
    if (still === undefined) return undefined;
    left = still;
    return { gone: still.length === 0, after: keyList(still, sha256) };
  };
}

/** Which of the keys are not shown to be gone; undefined if none could be read. */
async function readKeys(
  { runtime, invocation }: EventContext,
  ids: readonly string[],
): Promise<readonly string[] | undefined> {
  const states = await Promise.all(
    ids.map(async (id) => ({ id, kind: (await runtime.credentials.keyState(id, invocation.endsAt)).kind })),
  );
  if (states.every(({ kind }) => kind === 'unreadable')) return undefined;
  return states.filter(({ kind }) => kind !== 'gone').map(({ id }) => id);
}

/** Which of the keys a fresh listing shows; for a principal that had none, whatever it shows. */
async function listKeys(
  { invocation }: EventContext,
  principal: PrincipalName,
  live: readonly string[],
): Promise<readonly string[] | undefined> {
  const listing = await invocation.keys.fresh();
  const known = new Set(live);
  return listing?.liveKeys(principal).filter((id) => known.size === 0 || known.has(id));
}

/** Keys outside the snapshot are not this event's. */
async function revokeSnapshotKeys(
  context: EventContext,
  { request: { principal, snapshot }, live }: LiveKeys,
): Promise<readonly TargetOutcome[]> {
  const { ports, settings } = context.runtime;
  const known = new Set(snapshot.keys);
  const keys = live.filter((id) => known.has(id));
  if (keys.length > 0) {
    return mapWithConcurrency(settings.apiConcurrency, keys, (id) => revokeListedKey(context, id));
  }
  const outcome = snapshot.owners.includes(principal) ? 'confirmed' : 'no-keys';
  const before = keyList(keys, ports.sha256);
  const target = principalTarget(principal);
  await context.audit({ phase: 'outcome', target, outcome, before, verifiedBy: 'listing' });
  return [settledAs(outcome)];
}
