/** The guards of a leaked key. They need no store, and a broken one does not stop the revocation: a leak is worse. */
import type { Confidence } from '../events/data.ts';
import { type AccessKeyId, principalName } from '../events/ids.ts';
import { asksForOwner, lowConfidence, protectedKey, protectedPrincipal, type Stop } from './revoke/guards.ts';
import { sightOf } from './coreweave/access-key.ts';
import type { Reason } from './model/reasons.ts';
import { bodyHash, eventKey, readEvent } from './ledger/ledger.ts';
import type { Work } from './context.ts';

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
