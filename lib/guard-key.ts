/** The guards of a leaked key. They need no store, and a broken one does not stop the revocation: a leak is worse. */
import { type AccessKeyId, principalName } from '../events/ids.ts';
import { asksForOwner, protectedKey, protectedPrincipal, type Stop } from './domain/guard.ts';
import { sightOf } from './domain/keys.ts';
import type { Reason } from './domain/reasons.ts';
import { bodyHash, eventKey, readEvent } from './ledger.ts';
import type { Work } from './work.ts';

/** Looks for the owner at most so often; after that the key is revoked all the same. */
const OWNER_LOOKS = 2;

/** How sure it is that the key has leaked. Absent: the sender vouches. */
export type Confidence = 'pair' | 'key-id-only' | undefined;

/** Takes an event's work and a key id; returns the first guard that would stop it and that no approval releases. */
export async function guardKey(
  work: Work,
  accessKeyId: AccessKeyId,
  confidence: Confidence = claimed(work),
): Promise<Stop | undefined> {
  for (const guard of [() => lowConfidence(work, confidence), () => protection(work, accessKeyId)]) {
    const stop = await guard();
    if (stop !== undefined && !(await approvedCodes(work)).includes(stop.reason)) return stop;
  }
  return undefined;
}

const claimed = ({ event: { data } }: Work): Confidence => ('confidence' in data ? data.confidence : undefined);

async function lowConfidence({ environment }: Work, confidence: Confidence): Promise<Stop | undefined> {
  return confidence === 'key-id-only' && environment.settings.keyIdOnly === 'hold'
    ? { reason: 'held-low-confidence', detail: 'rule: the id alone was seen, and ids are not secret' }
    : undefined;
}

async function protection(work: Work, accessKeyId: AccessKeyId): Promise<Stop | undefined> {
  const { settings, ports } = work.environment;
  const now = ports.clock.now();
  const listed = protectedKey(accessKeyId, settings, now);
  if (listed !== undefined || !asksForOwner(settings, now)) return listed;
  const owner = await ownerOf(work, accessKeyId);
  if (owner === 'unknown') {
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

/** The owner's name; empty when the key is gone or has none. */
async function ownerOf({ environment, invocation }: Work, accessKeyId: AccessKeyId): Promise<string> {
  for (let look = 1; look <= OWNER_LOOKS; look += 1) {
    const observed = await environment.caller.send({ call: 'read-key', accessKeyId }, invocation.endsAt);
    const sight = sightOf(accessKeyId, observed);
    if (sight.kind !== 'unseen') return sight.kind === 'live' ? sight.owner : '';
  }
  return 'unknown';
}

/** An approval stands in the ledger alone. When that cannot be read, the hold stands. */
async function approvedCodes({ environment: { ports }, event }: Work): Promise<readonly Reason[]> {
  const stored = await readEvent(ports, eventKey(ports, event)).catch(() => undefined);
  const approval = stored?.row.approval;
  return approval !== undefined && approval.bodyHash === bodyHash(ports, event) ? approval.codes : [];
}
