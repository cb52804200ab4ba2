/** A leaked key: guards that need no store, then revocation. A broken guard does not stop it: a leak is worse. */
import type { AccessKeyId } from '../events/ids.ts';
import { principalName } from '../events/ids.ts';
import { asksForOwner, protectedKey, protectedPrincipal, type Stop } from './domain/guard.ts';
import { sightOf } from './domain/keys.ts';
import type { Settlement } from './domain/settlement.ts';
import { settlementFrom } from './domain/target-result.ts';
import { sendCheck } from './follow-up.ts';
import { bodyHash, eventKey, readEvent } from './ledger.ts';
import { revokeKey } from './revoke-key.ts';
import type { Work } from './work.ts';

/** Takes a leak's work and its key id; returns the settlement. */
export async function settleKey(work: Work, accessKeyId: AccessKeyId): Promise<Settlement> {
  const target = { kind: 'key', accessKeyId } as const;
  const stop = await guardKey(work, accessKeyId);
  if (stop !== undefined && !(await isApproved(work, stop))) return { kind: 'dead', ...stop, target };
  const result = await revokeKey(work, accessKeyId);
  if (result.outcome === 'accepted' && work.environment.settings.verify) {
    await sendCheck(work, { parent: work.event, target, generation: 1 });
  }
  return settlementFrom(result, work.environment.settings, target);
}

/** Looks for the owner at most so often; after that the key is revoked all the same. */
const OWNER_LOOKS = 2;

async function guardKey(work: Work, accessKeyId: AccessKeyId): Promise<Stop | undefined> {
  const { settings, ports } = work.environment;
  const now = ports.clock.now();
  if ('confidence' in work.event.data && work.event.data.confidence === 'key-id-only') {
    return { reason: 'held-low-confidence', detail: 'rule: the id alone was seen, and ids are not secret' };
  }
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
async function isApproved({ environment: { ports }, event }: Work, { reason }: Stop): Promise<boolean> {
  const stored = await readEvent(ports, eventKey(ports, event)).catch(() => undefined);
  const approval = stored?.row.approval;
  return approval !== undefined && approval.bodyHash === bodyHash(ports, event) && approval.codes.includes(reason);
}
