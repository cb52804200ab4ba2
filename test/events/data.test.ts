/** Which combinations of keys `data` may hold, tried in full, and what each field may hold. */
import { describe, expect, test } from 'vitest';
import { parseEvent } from '../../events/canonical.ts';
import { check, EVENT_MS, KEY_ID, keyLeak, offboarded, PRINCIPAL, reinstated } from '../support/event-factory.ts';

type Fields = Record<string, unknown>;
type Make = (overrides?: Fields) => Fields;

const PARENT = { source: '//hr.example', id: 'offboarding-7' };
/** A right value for each name that `data` may have anywhere. */
const FIELDS: Fields = {
  accessKeyId: KEY_ID,
  principalName: PRINCIPAL,
  scope: 'principal',
  reference: { provider: 'github', ref: 'acme/app/7' },
  confidence: 'pair',
  evidence: { detector: 'key-pair' },
  identity: { email: 'user@example.com' },
  effectiveAt: '2026-11-30T17:00:00Z',
  parent: PARENT,
  generation: 2,
};
const NAMES = Object.keys(FIELDS);

/** Needed keys / keys that may be there besides, for each shape. */
const SHAPES: readonly (readonly [Make, string, readonly string[]])[] = [
  [keyLeak, 'accessKeyId', ['principalName', 'confidence', 'evidence']],
  [keyLeak, 'principalName scope', ['evidence']],
  [keyLeak, 'reference', ['confidence', 'evidence']],
  [offboarded, 'principalName', ['effectiveAt', 'evidence']],
  [offboarded, 'identity', ['effectiveAt', 'evidence']],
  [reinstated, 'principalName', ['evidence']],
  [reinstated, 'identity', ['evidence']],
  [check, 'parent principalName generation', []],
  [check, 'parent accessKeyId generation', []],
];

const allowed = (make: Make, keys: readonly string[]): boolean =>
  SHAPES.some(([maker, needed, besides]) => {
    const must = needed.split(' ');
    return (
      maker === make &&
      must.every((key) => keys.includes(key)) &&
      keys.every((key) => must.includes(key) || besides.includes(key))
    );
  });

/** Every set of the names. */
const SETS = Array.from({ length: 2 ** NAMES.length }, (_, bits) => NAMES.filter((_name, at) => bits & (1 << at)));

const parse = (make: Make, data: unknown) => {
  const value = make({ data });
  return { value, parsed: parseEvent(value, EVENT_MS) };
};

describe.each([
  ['compromised', keyLeak],
  ['offboarded', offboarded],
  ['reinstated', reinstated],
  ['check', check],
] as const)('data of %s', (_name, make) => {
  test('allows the sets of keys that the contract names, and no other', () => {
    const accepted: string[][] = [];
    for (const keys of SETS) {
      const { value, parsed } = parse(make, Object.fromEntries(keys.map((key) => [key, FIELDS[key]])));
      if (parsed.kind === 'event') {
        expect(parsed.event).toStrictEqual(value);
        accepted.push(keys);
      } else {
        expect(parsed).toMatchObject({ reason: 'invalid', detail: expect.stringMatching(/^data[.:]/) });
      }
    }
    expect(accepted).toStrictEqual(SETS.filter((keys) => allowed(make, keys)));
    expect(accepted.length).toBeGreaterThan(1);
  });

  test.each([null, [], 'text', 5, [FIELDS]])('takes no %j for data', (data) => {
    expect(parse(make, data).parsed).toMatchObject({
      reason: 'invalid',
      detail: expect.stringMatching(/^data: expected /),
    });
  });

  test('refuses an unknown key without its name', () => {
    const [, needed] = SHAPES.find(([maker]) => maker === make) ?? [make, ''];
    const data = Object.fromEntries(needed.split(' ').map((key) => [key, FIELDS[key]]));
    const one = { kind: 'refusal', reason: 'invalid', detail: 'data: 1 unknown key' };
    expect(parse(make, { ...data, sneaky: undefined }).parsed).toStrictEqual(one);
    expect(parse(make, { ...data, sneaky: 1, dirty: 2 }).parsed).toStrictEqual({
      ...one,
      detail: 'data: 2 unknown keys',
    });
  });
});

test.each([
  [
    'identity',
    (identity: unknown) => offboarded({ data: { identity } }),
    [{ email: 'a', login: 'b' }, { email: 'a', note: 1 }, {}, { name: 'a' }, 'a', null, [{ email: 'a' }]],
  ],
  [
    'reference',
    (reference: unknown) => keyLeak({ data: { reference } }),
    [{ provider: 'a' }, { ref: 'a' }, { provider: 'a', ref: 'b', url: 'c' }, 'a', null],
  ],
  [
    'parent',
    (parent: unknown) => check({ data: { parent, accessKeyId: KEY_ID, generation: 1 } }),
    [{ id: 'a' }, { source: 'a' }, { id: 'a', source: 'b', c: 1 }, 'a', null],
  ],
  [
    'evidence',
    (evidence: unknown) => keyLeak({ data: { accessKeyId: KEY_ID, evidence } }),
    [{ note: 'a' }, 'a', null, ['a']],
  ],
] as const)('%s is a strict object', (name, make, wrong) => {
  for (const value of wrong) {
    expect(parseEvent(make(value), EVENT_MS)).toMatchObject({
      reason: 'invalid',
      detail: expect.stringMatching(`^data\\.${name}[.:]`),
    });
  }
});

test.each([
  ['accessKeyId', offboarded({ data: { principalName: PRINCIPAL, accessKeyId: KEY_ID } })],
  ['principalName', keyLeak({ data: { reference: FIELDS.reference, principalName: PRINCIPAL } })],
  ['scope', keyLeak({ data: { accessKeyId: KEY_ID, scope: 'principal' } })],
  ['reference', keyLeak({ data: { accessKeyId: KEY_ID, reference: FIELDS.reference } })],
  ['confidence', reinstated({ data: { principalName: PRINCIPAL, confidence: 'pair' } })],
  ['evidence', check({ data: { parent: PARENT, principalName: PRINCIPAL, generation: 1, evidence: {} } })],
  ['identity', offboarded({ data: { principalName: PRINCIPAL, identity: FIELDS.identity } })],
  ['effectiveAt', reinstated({ data: { principalName: PRINCIPAL, effectiveAt: FIELDS.effectiveAt } })],
  ['parent', reinstated({ data: { principalName: PRINCIPAL, parent: PARENT } })],
  ['generation', reinstated({ data: { principalName: PRINCIPAL, generation: 1 } })],
] as const)('%s is named where it does not belong', (name, value) => {
  expect(parseEvent(value, EVENT_MS)).toStrictEqual({
    kind: 'refusal',
    reason: 'invalid',
    detail: `data: expected no ${name} here`,
  });
});

test.each(['email', 'login', 'externalId'])('%s is named where it does not belong', (name) => {
  const reference = { provider: 'github', ref: '7', [name]: 'user' };
  expect(parseEvent(keyLeak({ data: { reference } }), EVENT_MS)).toStrictEqual({
    kind: 'refusal',
    reason: 'invalid',
    detail: `data.reference: expected no ${name} here`,
  });
});

test('evidence may be empty or full', () => {
  const full = Object.fromEntries(
    ['detector', 'url', 'receivedVia', 'verifiedBy', 'sourceEventId', 'fingerprint'].map((name) => [name, name]),
  );
  for (const evidence of [{}, full]) {
    const event = keyLeak({ data: { accessKeyId: KEY_ID, evidence } });
    expect(parseEvent(event, EVENT_MS)).toStrictEqual({ kind: 'event', event });
  }
});
