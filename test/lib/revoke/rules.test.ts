/** The rules of the safety checks as values: each alone, its bounds and its sentence. */
import { describe, expect, it } from 'vitest';
import { accessKeyId, principalName } from '../../../events/ids.ts';
import type { Protection } from '../../../lib/model/settings.ts';
import {
  ageRule,
  lowConfidenceRule,
  protectedKeyRule,
  protectedPrincipalRule,
  reinstatementRule,
  requiresOwnerLookup,
} from '../../../lib/revoke/rules.ts';
import { EVENT_MS, EVENT_TIME, KEY_ID, PRINCIPAL, SAML_PRINCIPAL } from '../../support/event-factory.ts';

interface Facts {
  readonly time: string;
  readonly effectiveAt?: string;
  readonly reinstatedAt?: string;
}
const outdated = (facts: Facts, now: number) =>
  reinstatementRule(facts.time, facts.reinstatedAt) ?? ageRule(facts, rules(), now);

const principal = principalName.parse(PRINCIPAL);
const other = principalName.parse(SAML_PRINCIPAL);
const key = accessKeyId.parse(KEY_ID);
const entry = (target: Protection['target'], until?: number): Protection => ({
  target,
  owner: 'platform',
  reason: 'backups',
  ...(until === undefined ? {} : { until }),
});
const rules = (...protections: readonly Protection[]) => ({ protections, staleAfterMs: 1_000 });
const PROTECTED = 'rule: protected principal';

describe('a leak', () => {
  const HELD = 'rule: the id alone was seen, and ids are not secret';
  it.each([
    ['key-id-only', 'hold', HELD],
    ['key-id-only', 'revoke', undefined],
    ['pair', 'hold', undefined],
    [undefined, 'hold', undefined],
  ] as const)('of which %s is said, where such are to be %s', (confidence, keyIdOnly, stop) => {
    expect(lowConfidenceRule(confidence, { keyIdOnly })).toEqual(stop);
  });
});

describe('a protected principal', () => {
  it.each([
    ['listed', rules(entry({ principalName: principal })), PROTECTED],
    ['listed until a moment later', rules(entry({ principalName: principal }, EVENT_MS + 1)), PROTECTED],
    ['listed until now', rules(entry({ principalName: principal }, EVENT_MS)), undefined],
    [
      'listed twice, once for ever',
      rules(entry({ principalName: principal }, 0), entry({ principalName: principal })),
      PROTECTED,
    ],
    ['not listed', rules(entry({ principalName: other })), undefined],
    ['listed as a key', rules(entry({ accessKeyId: key })), undefined],
    ['of an empty list', rules(), undefined],
    ['the handler itself', { ...rules(), selfPrincipal: principal }, "rule: the handler's own principal"],
    ['not the handler', { ...rules(), selfPrincipal: other }, undefined],
  ])('is one that is %s', (_, given, expected) => {
    expect(protectedPrincipalRule(principal, given, EVENT_MS)).toEqual(expected);
  });
});

describe('a protected key', () => {
  it.each([
    ['listed', rules(entry({ accessKeyId: key })), 'rule: protected key'],
    ['listed until now', rules(entry({ accessKeyId: key }, EVENT_MS)), undefined],
    ['not listed', rules(entry({ accessKeyId: accessKeyId.parse(`${KEY_ID}A`) })), undefined],
    ['listed as its owner', rules(entry({ principalName: principal })), undefined],
  ])('is one that is %s', (_, given, expected) => {
    expect(protectedKeyRule(key, given, EVENT_MS)).toEqual(expected);
  });
});

describe('the owner of a leaked key', () => {
  it.each([
    ['no principal is protected', rules(), false],
    ['a key is', rules(entry({ accessKeyId: key })), false],
    ['a principal was', rules(entry({ principalName: principal }, EVENT_MS)), false],
    ['a principal is', rules(entry({ principalName: principal })), true],
    ['the handler has a principal of its own', { ...rules(), selfPrincipal: principal }, true],
  ])('is asked for or not, when %s', (_, given, expected) => {
    expect(requiresOwnerLookup(given, EVENT_MS)).toBe(expected);
  });
});

describe('an offboarding', () => {
  const STALE = 'rule: older than STALE_AFTER';
  const SUPERSEDED = 'rule: reinstated at that time or later';
  const offboarding = { time: EVENT_TIME };
  it.each([
    ['of now goes', offboarding, 0, undefined],
    ['as old as may be goes', offboarding, 1_000, undefined],
    ['a moment older is stale', offboarding, 1_001, STALE],
    [
      'old, but effective since a moment, goes',
      { ...offboarding, effectiveAt: '2026-11-23T09:30:10Z' },
      11_000,
      undefined,
    ],
    ['old, and effective long ago, is stale', { ...offboarding, effectiveAt: '2026-11-23T09:30:10Z' }, 11_001, STALE],
    [
      'effective a moment too long before it was sent is stale',
      { ...offboarding, effectiveAt: '2026-11-23T09:29:58.999Z' },
      0,
      STALE,
    ],
    [
      'effective as long before it was sent as may be goes',
      { ...offboarding, effectiveAt: '2026-11-23T09:29:59Z' },
      0,
      undefined,
    ],
    [
      'before a reinstatement is superseded',
      { ...offboarding, reinstatedAt: '2026-11-23T09:30:00.001Z' },
      0,
      SUPERSEDED,
    ],
    ['at the time of a reinstatement is superseded', { ...offboarding, reinstatedAt: EVENT_TIME }, 0, SUPERSEDED],
    ['after a reinstatement goes', { ...offboarding, reinstatedAt: '2026-11-23T09:29:59.999Z' }, 0, undefined],
    [
      'reinstated at a time in another zone is superseded',
      { ...offboarding, reinstatedAt: '2026-11-23T01:30:00-08:00' },
      0,
      SUPERSEDED,
    ],
    ['stale and superseded is called superseded', { ...offboarding, reinstatedAt: EVENT_TIME }, 9_999, SUPERSEDED],
    ['with a reinstatement that cannot be read is held', { ...offboarding, reinstatedAt: 'soon' }, 0, SUPERSEDED],
    ['ahead of our clock goes', offboarding, -600_000, undefined],
  ])('%s', (_, facts, ageMs, expected) => {
    expect(outdated(facts, EVENT_MS + ageMs)).toEqual(expected);
  });
});
