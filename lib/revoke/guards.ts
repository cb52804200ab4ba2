/** The guards: what an event may not do, whatever queue it came by. Each is a pure decision; order is the order of the questions. */
import type { Confidence } from '../../events/data.ts';
import { type AccessKeyId, accessKeyId, type PrincipalName } from '../../events/ids.ts';
import { instantMs } from '../../events/instant.ts';
import type { Work } from '../context.ts';
import type { Hold } from '../model/reasons.ts';
import type { Settings } from '../model/settings.ts';

/** `detail` names the rule, never data of the event. */
export interface Stop {
  readonly reason: Hold;
  readonly detail: string;
}

type Rules = Pick<Settings, 'protections' | 'selfPrincipal' | 'staleAfterMs'>;

/** Takes how sure the leak is (undefined: the sender vouches); returns why it must wait, if so. */
export const lowConfidence = (
  confidence: Confidence | undefined,
  { keyIdOnly }: Pick<Settings, 'keyIdOnly'>,
): Stop | undefined =>
  confidence === 'key-id-only' && keyIdOnly === 'hold'
    ? { reason: 'held-low-confidence', detail: 'rule: the id alone was seen, and ids are not secret' }
    : undefined;

/** Takes a principal; returns why it must not be revoked, if so. Exact match; a protection ends at its `until`. */
export function protectedPrincipal(principal: PrincipalName, rules: Rules, now: number): Stop | undefined {
  if (principal === rules.selfPrincipal)
    return { reason: 'held-protected', detail: "rule: the handler's own principal" };
  const listed = rules.protections.some(
    ({ target, until }) => 'principalName' in target && target.principalName === principal && holds(until, now),
  );
  return listed ? { reason: 'held-protected', detail: 'rule: protected principal' } : undefined;
}

/** Takes a key id; returns why it must not be revoked, if it is listed itself. */
export function protectedKey(accessKeyId: AccessKeyId, rules: Rules, now: number): Stop | undefined {
  const listed = rules.protections.some(
    ({ target, until }) => 'accessKeyId' in target && target.accessKeyId === accessKeyId && holds(until, now),
  );
  return listed ? { reason: 'held-protected', detail: 'rule: protected key' } : undefined;
}

const holds = (until: number | undefined, now: number): boolean => until === undefined || now < until;

/** Whether a leaked key's owner has to be asked for: only if some owner is protected. */
export const asksForOwner = (rules: Rules, now: number): boolean =>
  rules.selfPrincipal !== undefined ||
  rules.protections.some(({ target, until }) => 'principalName' in target && holds(until, now));

export interface LeaverFacts {
  readonly time: string;
  readonly effectiveAt?: string;
  /** The latest reinstatement of the person or principal, if any (RFC 3339). */
  readonly reinstatedAt?: string;
  readonly late: boolean;
}

/** Takes the facts of a principal-wide event; returns why it no longer applies, if so. A compromise has no way back. */
export function superseded({ time, reinstatedAt, late }: LeaverFacts): Stop | undefined {
  return late && reinstatedAt !== undefined && atOf(reinstatedAt) >= atOf(time)
    ? { reason: 'held-superseded', detail: 'rule: reinstated at that time or later' }
    : undefined;
}

/** Takes the facts of a principal-wide event; returns why it comes too late, if so. A compromise has no age. Apart from `superseded`: whoever has released the one has not released the other. */
export function stale({ time, effectiveAt, late }: LeaverFacts, rules: Rules, now: number): Stop | undefined {
  const age = now - Math.max(atOf(time), effectiveAt === undefined ? 0 : atOf(effectiveAt));
  return late && age > rules.staleAfterMs
    ? { reason: 'held-stale', detail: 'rule: older than STALE_AFTER' }
    : undefined;
}

/** Times in events were checked when they were read; a row's time that is none counts as the end of time, which holds. */
const atOf = (time: string): number => instantMs(time) ?? Number.MAX_SAFE_INTEGER;
/** Takes key ids as the API lists them; returns why they must not all be revoked: one of them is protected itself. */
export function protectedAmong({ environment: { ports, settings } }: Work, ids: readonly string[]): Stop | undefined {
  const now = ports.clock.now();
  const stops = ids.map((id) => {
    const parsed = accessKeyId.safeParse(id);
    return parsed.success ? protectedKey(parsed.data, settings, now) : undefined;
  });
  return stops.find((stop) => stop !== undefined);
}
