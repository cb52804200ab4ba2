/** A leaked key: guards that need no store, then revocation. A broken guard does not stop it: a leak is worse. */
import type { Confidence } from '../../events/data.ts';
import { type AccessKeyId, accessKeyId as accessKeyIdSchema, principalName } from '../../events/ids.ts';
import type { Work } from '../context.ts';
import { sightOf } from '../coreweave/access-key.ts';
import { settlementFrom, type TargetResult } from '../coreweave/result.ts';
import { bodyHash, eventKey, readEvent } from '../ledger/ledger.ts';
import type { Reason } from '../model/reasons.ts';
import type { Settlement } from '../model/settlement.ts';
import { ended, lookUntilGone, mayStart, QUICK_TRIES, revokeShared, type Sight } from './attempt.ts';
import { asksForOwner, lowConfidence, protectedKey, protectedPrincipal, type Stop } from './guards.ts';
import { sendCheck } from './schedule-check.ts';

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

/** Looks for the owner at most so often; after that the key is revoked all the same. */
const OWNER_LOOKS = 2;
/**
 * Takes an event's work, a key id, and how sure the leak is, unless the event itself says it; returns the first guard that
 * would stop it and that no approval releases.
 */
export async function guardKey(
  work: Work,
  accessKeyId: AccessKeyId,
  confidence: Confidence | undefined = claimed(work),
): Promise<Stop | undefined> {
  const { settings } = work.environment;
  for (const guard of [() => lowConfidence(confidence, settings), () => protection(work, accessKeyId)]) {
    const stop = await guard();
    if (stop !== undefined && !(await approvedFor(work)).includes(stop.reason)) return stop;
  }
  return undefined;
}

const claimed = ({ event: { data } }: Work): Confidence | undefined =>
  'confidence' in data ? data.confidence : undefined;

async function protection(work: Work, accessKeyId: AccessKeyId): Promise<Stop | undefined> {
  const { settings, ports } = work.environment;
  const now = ports.clock.now();
  const listed = protectedKey(accessKeyId, settings, now);
  if (listed !== undefined || !asksForOwner(settings, now)) return listed;
  const owner = await ownerOf(work, accessKeyId);
  if (owner === undefined) {
    await work.record({
      phase: 'note',
      name: 'Owner Unknown',
      detail: 'owner-unknown',
      target: { kind: 'key', accessKeyId },
    });
    return undefined;
  }
  const parsed = principalName.safeParse(owner);
  return parsed.success ? protectedPrincipal(parsed.data, settings, now) : undefined;
}

/** The owner's name; empty when the key is gone or has none, undefined when it could not be read. */
async function ownerOf({ environment, invocation }: Work, accessKeyId: AccessKeyId): Promise<string | undefined> {
  for (let look = 1; look <= OWNER_LOOKS; look += 1) {
    const observed = await environment.caller.send({ call: 'read-key', accessKeyId }, invocation.endsAt);
    const sight = sightOf(accessKeyId, observed);
    if (sight.kind !== 'unseen') return sight.kind === 'live' ? sight.owner : '';
  }
  return undefined;
}

/** What was approved for this event and body. An approval stands in the ledger alone: when that cannot be read, the hold stands. */
async function approvedFor({ environment: { ports }, event }: Work): Promise<readonly Reason[]> {
  const stored = await readEvent(ports, eventKey(ports, event)).catch(() => undefined);
  const approval = stored?.row.approval;
  return approval !== undefined && approval.bodyHash === bodyHash(ports, event) ? approval.codes : [];
}

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
