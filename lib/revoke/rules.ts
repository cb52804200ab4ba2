/**
 * The rules behind the safety checks, as pure decisions. Each returns the rule that holds, as a fixed sentence;
 * undefined: it passes.
 */
import type { AccessKeyId } from '../../events/ids.ts';
import { instantMs } from '../../events/instant.ts';
import { foldName } from '../../events/names.ts';
import type { LeakConfidence } from '../model/alert.ts';
import type { Settings } from '../model/settings.ts';

/** `confidence` undefined: the sender vouches for the leak. */
export function lowConfidenceRule(
  confidence: LeakConfidence | undefined,
  { keyIdOnly }: Pick<Settings, 'keyIdOnly'>,
): string | undefined {
  if (confidence === 'dismissed') return 'rule: the alert was dismissed at its source';
  return confidence === 'key-id-only' && keyIdOnly === 'hold'
    ? 'rule: the id alone was seen, and ids are not secret'
    : undefined;
}

/** `staged`: the sender is not certain that the person left, which is no leaving if they have no key. */
export const stagedRule = (staged: boolean, keys: readonly string[]): string | undefined =>
  staged && keys.length > 0 ? 'rule: it is not certain that the user left, and there are live keys' : undefined;

export type ProtectionSettings = Pick<Settings, 'protections' | 'selfPrincipal'>;

export const OWN_PRINCIPAL_RULE = "rule: the handler's own principal";

/**
 * Compared in every spelling, since a near match may act; a protection ends at its `until`. `name` may be one that the
 * API has and no event could name.
 */
export function protectedPrincipalRule(
  name: string,
  { protections, selfPrincipal }: ProtectionSettings,
  now: number,
): string | undefined {
  const folded = foldName(name);
  const isSame = (other: string): boolean => other === name || foldName(other) === folded;
  if (selfPrincipal !== undefined && isSame(selfPrincipal)) return OWN_PRINCIPAL_RULE;
  const listed = protections.some(
    ({ target, until }) => 'principalName' in target && isSame(target.principalName) && isProtected(until, now),
  );
  return listed ? 'rule: protected principal' : undefined;
}

export function protectedKeyRule(
  id: AccessKeyId,
  { protections }: ProtectionSettings,
  now: number,
): string | undefined {
  const listed = protections.some(
    ({ target, until }) => 'accessKeyId' in target && target.accessKeyId === id && isProtected(until, now),
  );
  return listed ? 'rule: protected key' : undefined;
}

/** Only if some owner is protected. */
export const requiresOwnerLookup = ({ selfPrincipal, protections }: ProtectionSettings, now: number): boolean =>
  selfPrincipal !== undefined ||
  protections.some(({ target, until }) => 'principalName' in target && isProtected(until, now));

const isProtected = (until: number | undefined, now: number): boolean => until === undefined || now < until;

/** Times in RFC 3339; `reinstatedAt`: the latest reinstatement, if any. */
export const reinstatementRule = (time: string, reinstatedAt: string | undefined): string | undefined =>
  reinstatedAt !== undefined && atOf(reinstatedAt) >= atOf(time) ? 'rule: reinstated at that time or later' : undefined;

/**
 * Counts from the effective date, else from the event's time. A directory that is read for the first time reports today
 * who left years ago, and may be back.
 */
export function ageRule(
  { time, effectiveAt }: { readonly time: string; readonly effectiveAt?: string },
  { staleAfterMs }: Pick<Settings, 'staleAfterMs'>,
  now: number,
): string | undefined {
  return now - atOf(effectiveAt ?? time) > staleAfterMs ? 'rule: older than STALE_AFTER' : undefined;
}

/**
 * Event times were checked when the event was parsed; an unreadable time of a row counts as the end of time, which
 * holds.
 */
const atOf = (time: string): number => instantMs(time) ?? Number.MAX_SAFE_INTEGER;
