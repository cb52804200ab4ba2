/**
 * The safety checks, for any rules, names and times: what is added to the rules, and the passing of time, never
 * releases anything.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { accessKeyId, principalName } from '../../../events/ids.ts';
import { foldName } from '../../../events/names.ts';
import type { Protection } from '../../../lib/model/settings.ts';
import {
  ageRule,
  protectedKeyRule,
  protectedPrincipalRule,
  reinstatementRule,
  requiresOwnerLookup,
} from '../../../lib/revoke/rules.ts';
import { EVENT_MS } from '../../support/event-factory.ts';

interface Facts {
  readonly time: string;
  readonly effectiveAt?: string;
  readonly reinstatedAt?: string;
}

/** The reason of the first rule that holds an offboarding. */
function outdated(facts: Facts, rules: { readonly staleAfterMs: number }, now: number): string | undefined {
  if (reinstatementRule(facts.time, facts.reinstatedAt) !== undefined) return 'held-superseded';
  return ageRule(facts, rules, now) === undefined ? undefined : 'held-stale';
}

const run = <Values extends [unknown, ...unknown[]]>(property: fc.IProperty<Values>) =>
  fc.assert(property, { numRuns: 500, seed: 20261123 });

const NAMES = ['coreweave/a', 'coreweave/A', 'coreweave/a.', 'coreweave/aa', 'saml/a@b', 'role/a'];
const IDS = ['CWAAAAAAAAAA', 'CWAAAAAAAAAB', 'CWAAAAAAAAAAA'];
const principals = fc.constantFrom(...NAMES.map((name) => principalName.parse(name)));
const keys = fc.constantFrom(...IDS.map((id) => accessKeyId.parse(id)));
const moments = fc.integer({ min: -3, max: 3 }).map((ms) => EVENT_MS + ms);
const protections: fc.Arbitrary<Protection> = fc
  .record({
    target: fc.oneof(
      principals.map((each) => ({ principalName: each })),
      keys.map((each) => ({ accessKeyId: each })),
    ),
    until: fc.option(moments, { nil: undefined }),
  })
  .map(({ target, until }) => ({ target, owner: 'o', reason: 'r', ...(until === undefined ? {} : { until }) }));
const rulesArbitrary = fc
  .record({
    protections: fc.array(protections, { maxLength: 6 }),
    self: fc.option(principals, { nil: undefined }),
    staleAfterMs: fc.constantFrom(0, 500, 1_000, 2_500),
  })
  .map(({ self, ...rules }) => ({ ...rules, ...(self === undefined ? {} : { selfPrincipal: self }) }));
const lasts = ({ until }: Protection, now: number) => !(until !== undefined && until <= now);

describe('a protection', () => {
  it('holds exactly the principal in all spellings, and the very key, until its end', () =>
    run(
      fc.property(rulesArbitrary, principals, keys, moments, (rules, principal, key, now) => {
        const current = rules.protections.filter((each) => lasts(each, now)).map(({ target }) => target);
        const named = current.flatMap((target) => ('principalName' in target ? [target.principalName] : []));
        const listed = current.flatMap((target) => ('accessKeyId' in target ? [target.accessKeyId] : []));
        const all = [...named, ...(rules.selfPrincipal === undefined ? [] : [rules.selfPrincipal])].map(foldName);
        expect(protectedPrincipalRule(principal, rules, now) !== undefined).toBe(all.includes(foldName(principal)));
        expect(protectedKeyRule(key, rules, now) !== undefined).toBe(listed.includes(key));
        expect(requiresOwnerLookup(rules, now)).toBe(rules.selfPrincipal !== undefined || named.length > 0);
      }),
    ));

  it('more releases nothing and asks for no fewer owners, wherever it stands in the list', () =>
    run(
      fc.property(
        fc.tuple(rulesArbitrary, protections, fc.nat(6)),
        principals,
        keys,
        moments,
        ([rules, added, at], principal, key, now) => {
          const more = { ...rules, protections: rules.protections.toSpliced(at, 0, added) };
          if (protectedPrincipalRule(principal, rules, now))
            expect(protectedPrincipalRule(principal, more, now)).toBeDefined();
          if (protectedKeyRule(key, rules, now)) expect(protectedKeyRule(key, more, now)).toBeDefined();
          if (requiresOwnerLookup(rules, now)) expect(requiresOwnerLookup(more, now)).toBe(true);
        },
      ),
    ));

  it('of a principal is never missed by the leak of its key: its owner is asked for', () =>
    run(
      fc.property(rulesArbitrary, principals, moments, (rules, owner, now) => {
        if (protectedPrincipalRule(owner, rules, now)) expect(requiresOwnerLookup(rules, now)).toBe(true);
      }),
    ));

  it('ends once: what it no longer holds it never holds again', () =>
    run(
      fc.property(rulesArbitrary, principals, moments, fc.nat(5), (rules, principal, now, passed) => {
        if (protectedPrincipalRule(principal, rules, now) === undefined)
          expect(protectedPrincipalRule(principal, rules, now + passed)).toBeUndefined();
      }),
    ));
});

const text = (ms: number) => new Date(ms).toISOString();
/** The same instant as a clock 9 hours ahead shows it. */
const inTokyo = (ms: number) => new Date(ms + 9 * 3_600_000).toISOString().replace('Z', '+09:00');
const instants = fc
  .tuple(
    fc.integer({ min: -12, max: 12 }).map((halves) => halves * 500),
    fc.boolean(),
  )
  .map(([ms, abroad]) => ({ ms: EVENT_MS + ms, text: abroad ? inTokyo(EVENT_MS + ms) : text(EVENT_MS + ms) }));
const maybe = fc.option(instants, { nil: undefined });
const offboardings = fc.record({ time: instants, effectiveAt: maybe, reinstatedAt: maybe });
type Offboarding = typeof offboardings extends fc.Arbitrary<infer T> ? T : never;
const facts = ({ time, effectiveAt, reinstatedAt }: Offboarding): Facts => ({
  time: time.text,
  ...(effectiveAt === undefined ? {} : { effectiveAt: effectiveAt.text }),
  ...(reinstatedAt === undefined ? {} : { reinstatedAt: reinstatedAt.text }),
});
/** Half seconds, so that bounds are met. */
const ages = fc.integer({ min: -12, max: 24 }).map((halves) => EVENT_MS + halves * 500);

describe('an offboarding', () => {
  it('is superseded by a reinstatement of its time or later, else stale beyond STALE_AFTER, else it goes', () =>
    run(
      fc.property(rulesArbitrary, offboardings, ages, (rules, offboarding, now) => {
        const { time, effectiveAt, reinstatedAt } = offboarding;
        const since = effectiveAt?.ms ?? time.ms;
        const stale = now - since > rules.staleAfterMs ? 'held-stale' : undefined;
        const expected = reinstatedAt !== undefined && reinstatedAt.ms >= time.ms ? 'held-superseded' : stale;
        expect(outdated(facts(offboarding), rules, now)).toBe(expected);
      }),
    ));

  it('that is held stays held however much time passes', () =>
    run(
      fc.property(rulesArbitrary, offboardings, ages, fc.nat(), (rules, offboarding, now, passed) => {
        const held = outdated(facts(offboarding), rules, now);
        if (held !== undefined) expect(outdated(facts(offboarding), rules, now + passed)).toEqual(held);
      }),
    ));

  it('that is superseded stays so after a later reinstatement, and what is stale is not released by one', () =>
    run(
      fc.property(rulesArbitrary, offboardings, ages, fc.nat(20_000), (rules, offboarding, now, passed) => {
        const held = outdated(facts(offboarding), rules, now);
        const later = (offboarding.reinstatedAt?.ms ?? offboarding.time.ms - 5_000) + passed;
        const again = outdated(
          facts({ ...offboarding, reinstatedAt: { ms: later, text: inTokyo(later) } }),
          rules,
          now,
        );
        if (held === 'held-superseded') expect(again).toEqual(held);
        if (held !== undefined) expect(again).toBeDefined();
      }),
    ));
});
