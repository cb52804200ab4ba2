/** The reach of an event: key snapshots, windows, and near matches of names. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { principalName } from '../../../events/ids.ts';
import { candidatesOf } from '../../../lib/ledger/directory.ts';
import { fitsInRow } from '../../../lib/ledger/event-row.ts';
import { limitWindows } from '../../../lib/ledger/window.ts';
import type { Limits } from '../../../lib/model/settings.ts';
import { revocationScope } from '../../../lib/offboard/snapshot.ts';
import { EVENT_MS } from '../../support/event-factory.ts';

const run = <Values extends [unknown, ...unknown[]]>(property: fc.IProperty<Values>, numRuns = 500) =>
  fc.assert(property, { numRuns, seed: 20261123 });

describe('a fence', () => {
  const age = fc.oneof(fc.integer({ min: -10_000, max: 20_000 }), fc.integer(), fc.constantFrom(5_000, 5_001));
  it('is never left by a compromise after its first try, nor on an old list; an offboarding has none', () =>
    run(
      fc.property(fc.boolean(), age, (first, ageMs) => {
        expect(revocationScope({ late: true, first, ageMs })).toBe('principal');
        expect(revocationScope({ late: false, first: false, ageMs })).toBe('keys');
        if (ageMs > 5_000) expect(revocationScope({ late: false, first, ageMs })).toBe('keys');
        if (ageMs <= 5_000) expect(revocationScope({ late: false, first: true, ageMs })).toBe('principal');
      }),
    ));

  it('that fits goes into one item of the table, at most 15,000 keys, and does so with fewer keys too', () => {
    const id = fc.tuple(fc.integer({ min: 1, max: 64 }), fc.integer({ min: 0, max: 20_000 }));
    run(
      fc.property(id, fc.nat(), ([length, count], cut) => {
        const ids = Array.from({ length: count }, () => 'C'.repeat(length));
        expect(fitsInRow(ids)).toBe(count <= 15_000 && count * (length + 3) <= 380_000);
        if (!fitsInRow(ids)) return;
        // DynamoDB: three bytes for a list, one for each element of it, and the text.
        const bytes = 3 + ids.reduce((sum, each) => sum + each.length + 1, 0);
        expect(bytes).toBeLessThan(400 * 1_024 - 16_384);
        expect(count).toBeLessThanOrEqual(15_000);
        expect(fitsInRow(ids.slice(0, cut % (count + 1)))).toBe(true);
      }),
      200,
    );
  });
});

const LIMITS: Limits = { sourcePer10Minutes: 3, sourcePerDay: 5, totalPer10Minutes: 7, totalPerDay: 11 };
const SPANS_MS = { '10m': 600_000, day: 86_400_000 };
const moments = fc.oneof(
  fc.integer({ min: 0, max: 4 * 86_400_000 }).map((ms) => EVENT_MS + ms),
  fc
    .tuple(fc.integer({ min: 0, max: 600 }), fc.integer({ min: -2, max: 2 }))
    .map(([n, ms]) => EVENT_MS + n * 600_000 + ms),
);
/** What two moments of one window have in common, as a calendar in UTC shows it. */
const stampOf = (now: number, span: keyof typeof SPANS_MS) =>
  new Date(now).toISOString().slice(0, span === 'day' ? '2026-11-23'.length : '2026-11-23T09:3'.length);
const partsOf = (pk: string) => {
  const [kind, scope, span, start] = pk.split('#');
  if (span !== '10m' && span !== 'day') throw new Error('no span');
  return { kind, scope, span, start: Number(start) } as const;
};

describe('a window', () => {
  it('holds its moment, is bounded by its own rule, and is kept for one more of its length at least', () =>
    run(
      fc.property(fc.constantFrom('a'.repeat(64), '0'.repeat(64)), moments, (hash, now) => {
        const windows = limitWindows({ sourceHash: hash, hasKeys: true }, LIMITS, now);
        expect(windows.map(({ rule }) => rule)).toEqual(Object.keys(LIMITS));
        for (const { pk, limit, rule, expiresAt } of windows) {
          const { kind, scope, span, start } = partsOf(pk);
          expect([kind, scope, span]).toEqual([
            'window',
            rule.startsWith('source') ? hash : 'total',
            rule.endsWith('10Minutes') ? '10m' : 'day',
          ]);
          expect(limit).toBe(LIMITS[rule]);
          expect(start <= now && now < start + SPANS_MS[span]).toBe(true);
          expect(expiresAt * 1_000).toBeGreaterThanOrEqual(start + 2 * SPANS_MS[span]);
          expect(expiresAt * 1_000).toBeLessThan(start + 2 * SPANS_MS[span] + 1_000);
        }
      }),
    ));

  it('is the same for two moments exactly when the calendar says so', () =>
    run(
      fc.property(moments, moments, (one, other) => {
        const pks = (now: number) => limitWindows({ sourceHash: 'a', hasKeys: true }, LIMITS, now).map(({ pk }) => pk);
        const [first, second] = [pks(one), pks(other)];
        first.forEach((pk, index) => {
          const { span } = partsOf(pk);
          expect(pk === second[index]).toBe(stampOf(one, span) === stampOf(other, span));
        });
      }),
    ));

  it('lets no more through than it says, and at its edge no more than twice that', () =>
    run(
      fc.property(fc.array(fc.nat(400_000), { maxLength: 40, size: 'max' }), (waits) => {
        const sets = new Map<string, number>();
        const admitted: number[] = [];
        let now = EVENT_MS;
        for (const wait of waits) {
          now += wait;
          const windows = limitWindows({ sourceHash: 'a', hasKeys: true }, LIMITS, now);
          if (windows.some(({ pk, limit }) => (sets.get(pk) ?? 0) >= limit)) continue;
          for (const { pk } of windows) sets.set(pk, (sets.get(pk) ?? 0) + 1);
          admitted.push(now);
        }
        for (const start of admitted) {
          const within = (ms: number) => admitted.filter((at) => at >= start && at < start + ms).length;
          expect(within(600_000)).toBeLessThanOrEqual(2 * LIMITS.sourcePer10Minutes);
          expect(within(86_400_000)).toBeLessThanOrEqual(2 * LIMITS.sourcePerDay);
        }
      }),
    ));
});

describe('the candidates of an identity', () => {
  const value = fc.oneof(
    fc.constantFrom('admins', 'jane', 'Jane', 'jane@b.example', 'a b@c', 'jörg@b', '$&', "$'@x", '*', '@', '{login}'),
    fc.string({ minLength: 1, maxLength: 20 }),
  );
  const identities = fc.tuple(fc.constantFrom('email', 'login', 'externalId'), value).map(([kind, name]) => {
    if (kind === 'email') return { kind, name, identity: { email: name } };
    return kind === 'login'
      ? { kind, name, identity: { login: name } }
      : { kind, name, identity: { externalId: name } };
  });
  const template = fc
    .tuple(
      fc.constantFrom('saml/', 'role/', 'coreweave/', 'saml/x-', 'role/https://idp:', 'saml/corp@'),
      fc.constantFrom('{email}', '{login}', '{externalId}'),
      fc.constantFrom('', '@corp.example', '-ro'),
    )
    .map((parts) => ({ parts, text: parts.join('') }));
  const templates = fc.uniqueArray(template, { maxLength: 4, selector: ({ text }) => text });
  const entries = fc.option(
    fc.array(fc.constantFrom('saml/admins', 'role/ci', 'coreweave/x', 'saml/jane@b.example', 'saml/', 'x', 'saml/*'), {
      maxLength: 3,
    }),
    { nil: undefined },
  );
  const isName = (name: string) => principalName.safeParse(name).success;
  const spell = (parts: readonly [string, string, string], kind: string, name: string): readonly string[] =>
    parts[1] === `{${kind}}` ? [parts[0] + name + parts[2]] : [];

  it('are never shared ones, unless the directory names them, and never repaired', () =>
    run(
      fc.property(identities, entries, templates, ({ kind, name, identity }, entry, given) => {
        const variants = given.flatMap(({ parts }) => spell(parts, kind, name));
        const personal = variants.filter(
          (each) => each.startsWith('coreweave/') || (each.startsWith('saml/') && each.includes('@')),
        );
        const candidates = candidatesOf(
          identity,
          entry,
          given.map(({ text }) => text),
        );
        if (entry === undefined && personal.length === 0) {
          expect(candidates).toBeUndefined();
          return;
        }
        const named: readonly string[] = (entry ?? []).filter(isName);
        for (const candidate of candidates ?? []) {
          expect(isName(candidate)).toBe(true);
          if (!named.includes(candidate)) expect(candidate).toMatch(/^coreweave\/|^saml\/.*@/);
        }
        expect(candidates).toEqual([...new Set([...named, ...personal.filter(isName)])]);
      }),
      1_000,
    ));
});
