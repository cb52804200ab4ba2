/**
 * The owner of a leaked key, if some principal is protected. What a flood of events can cause never lets a protected
 * key through: then the message is retried.
 */
import type { AccessKeyId } from '../../events/ids.ts';
import type { EventContext } from '../context.ts';
import type { KeyPlace } from '../ledger/key-limits.ts';
import type { LeakConfidence } from '../model/alert.ts';
import type { Undecided } from '../model/outcome.ts';
import { protectedPrincipalRule, requiresOwnerLookup } from './rules.ts';

/** OWNER_UNKNOWN decides only after so many deliveries, and so long (ms) after the first. */
export const OWNER_UNKNOWN_DELIVERIES = 3;
export const OWNER_UNKNOWN_AFTER_MS = 60_000;

export interface KeyFacts {
  readonly context: EventContext;
  readonly accessKeyId: AccessKeyId;
  /** Undefined: the sender vouches for the leak. */
  readonly confidence: LeakConfidence | undefined;
  /** In the limits on leaked keys. */
  readonly place: KeyPlace;
}

/** The rule that holds the key; undefined: its owner is not protected, or OWNER_UNKNOWN lets it be revoked. */
export async function protectedOwnerRule(facts: KeyFacts): Promise<string | Undecided | undefined> {
  const { runtime, invocation } = facts.context;
  const { settings } = runtime;
  const now = runtime.ports.clock.now();
  if (!requiresOwnerLookup(settings, now)) return undefined;
  const found = await invocation.owners.of(facts.accessKeyId);
  if (found.kind === 'known') return protectedPrincipalRule(found.owner, settings, now);
  if (found.throttled) return undecided('owner-throttled', found.retryAfterS);
  // An outage of the whole API, or its rate limit, is no failure of the read: both are waited for.
  const target = { kind: 'key', accessKeyId: facts.accessKeyId } as const;
  const isUp = (await runtime.credentials.probe(target, invocation.endsAt)) === 'up';
  return isUp && isPersistent(facts.context) ? ownerUnknown(facts) : undecided('owner-unread', found.retryAfterS);
}

const undecided = (code: string, retryAfterS: number | undefined): Undecided => ({
  outcome: 'undecided',
  next: 'retry',
  code,
  ...(retryAfterS === undefined ? {} : { retryAfterS }),
});

const isPersistent = ({ runtime, delivery }: EventContext): boolean =>
  delivery.receiveCount >= OWNER_UNKNOWN_DELIVERIES &&
  runtime.ports.clock.now() - delivery.firstReceived >= OWNER_UNKNOWN_AFTER_MS &&
  !runtime.credentials.isThrottledButServing();

async function ownerUnknown({ context, accessKeyId }: KeyFacts): Promise<string | undefined> {
  const target = { kind: 'key', accessKeyId } as const;
  await context.audit({ phase: 'note', name: 'Owner Unknown', detail: 'owner-unknown', target });
  return context.runtime.settings.ownerUnknown === 'hold'
    ? 'rule: the owner could not be read, and some principals are protected'
    : undefined;
}
