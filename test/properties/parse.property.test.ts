/**
 * For any input: parsers do not throw, do not echo, and what they accept survives being written out and parsed again.
 */
import { readdirSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseEvent } from '../../events/canonical.ts';
import { readJson } from '../../events/json-text.ts';
import { outcomes } from '../events/outcomes.ts';
import { check, EVENT_MS, keyLeak, offboarded, principalLeak, reinstated } from '../support/event-factory.ts';

const SAMPLES = new URL('../../events/samples/', import.meta.url);
const samples = ['accepted', 'ignored', 'refused'].flatMap((folder) =>
  readdirSync(new URL(`${folder}/`, SAMPLES)).map((name) => readFileSync(new URL(`${folder}/${name}`, SAMPLES))),
);

const run = <Values extends [unknown, ...unknown[]]>(property: fc.IProperty<Values>, numRuns = 500): void => {
  fc.assert(property, { numRuns, seed: 20261123 });
};

const details = (text: string): string[] =>
  outcomes(text).flatMap((outcome) => ('detail' in outcome ? [outcome.detail] : []));

/** Words of the input that our own sentences do not use: eight alphanumeric characters in a row. */
const MARK = 'zqJ8vXw2';
const marked = fc.string({ unit: 'binary', maxLength: 40 }).map((text) => `${text}${MARK}${text}`);

/** Samples with a few bytes changed. */
const bytes = fc
  .tuple(fc.constantFrom(...samples), fc.array(fc.tuple(fc.nat(2_000), fc.nat(255)), { minLength: 1, maxLength: 4 }))
  .map(([sample, changes]) => {
    const copy = Buffer.from(sample);
    for (const [at, byte] of changes) copy[at % Math.max(copy.length, 1)] = byte;
    return copy.toString('utf8');
  });

/** Values near an event: the right names with any value. */
const names = [
  'accessKeyId',
  'principalName',
  'scope',
  'reference',
  'identity',
  'effectiveAt',
  'evidence',
  'confidence',
  'parent',
  '__proto__',
  MARK,
];
const nearData = fc.dictionary(fc.constantFrom(...names), fc.oneof(fc.jsonValue({ maxDepth: 2 }), marked), {
  maxKeys: 6,
});
const nearEvent = fc
  .tuple(
    fc.constantFrom(keyLeak, principalLeak, offboarded, reinstated, check),
    fc.dictionary(fc.constantFrom('id', 'source', 'time', 'specversion', 'type', MARK), marked),
    nearData,
  )
  .map(([make, attributes, data]) => ({ ...make(), ...attributes, data }));

describe('parsers', () => {
  test('do not throw for any text', () => {
    run(
      fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.json(), bytes), (text) => {
        expect(outcomes(text).length).toBeGreaterThan(0);
      }),
    );
  });

  test('do not throw for any value', () => {
    run(
      fc.property(fc.oneof(fc.anything(), nearEvent), (value) => {
        expect(['event', 'refusal']).toContain(parseEvent(value, EVENT_MS).kind);
      }),
    );
  });

  test('do not echo a text that is no JSON', () => {
    run(
      fc.property(marked, (text) => {
        expect(details(text).join()).not.toContain(MARK);
      }),
    );
  });

  test('do not echo a value or a key name', () => {
    run(
      fc.property(nearEvent, (value) => {
        expect(details(JSON.stringify(value)).join()).not.toContain(MARK);
      }),
      1_000,
    );
  });

  test('say nothing about a value but whole sentences with known paths', () => {
    const path = String.raw`(?:event|specversion|type|id|source|time|data(?:\.[a-zA-Z]+)*)`;
    const known = new RegExp(String.raw`^(?:${path}: (?:expected .+|\d+ unknown keys?)|and \d+ more)$`);
    run(
      fc.property(fc.oneof(nearEvent, fc.jsonValue()), (value) => {
        const parsed = parseEvent(value, EVENT_MS);
        const faults = parsed.kind === 'refusal' ? parsed.detail.split('; ') : [];
        expect(faults.filter((fault) => !known.test(fault))).toStrictEqual([]);
        expect(faults.length).toBeLessThanOrEqual(6);
      }),
    );
  });

  test('read every JSON text that JSON.parse reads and stringify writes, as it does', () => {
    run(
      fc.property(fc.jsonValue({ maxDepth: 6 }), fc.nat(2), (value, space) => {
        const json = readJson(JSON.stringify(value, null, space));
        // Compared as text: a matcher takes an own key `__proto__` for the prototype.
        expect(json.kind === 'json' && JSON.stringify(json.value)).toBe(JSON.stringify(value));
      }),
    );
  });

  test('read no text that JSON.parse does not', () => {
    run(
      fc.property(bytes, (text) => {
        const json = readJson(text);
        if (json.kind === 'json') expect(JSON.stringify(json.value)).toBe(JSON.stringify(JSON.parse(text)));
      }),
    );
  });
});

describe('an event that was parsed', () => {
  const claims = fc.dictionary(
    fc.constantFrom('detector', 'url', 'receivedVia', 'verifiedBy', 'sourceEventId', 'fingerprint'),
    fc.string({ unit: 'binary', maxLength: 100 }),
  );
  const label = fc.string({ unit: 'binary-ascii', minLength: 1 }).filter((text) => /^[\x20-\x7e]+$/.test(text));
  const events = fc
    .tuple(fc.constantFrom(keyLeak, principalLeak, offboarded, reinstated), label, label, claims)
    .map(([make, id, source, evidence]) => {
      const { data } = make();
      return make({ id, source, data: { ...Object(data), evidence } });
    });

  test('is parsed into itself when it is written out, bare and in any envelope', () => {
    run(
      fc.property(events, (value) => {
        const [event] = outcomes(JSON.stringify(value));
        expect(event).toStrictEqual(value);
        const text = JSON.stringify(event);
        expect(outcomes(JSON.stringify({ Type: '', Message: text }))).toStrictEqual([event]);
        expect(outcomes(`[{"detail-type":"","detail":${text}},${text}]`)).toStrictEqual([event, event]);
      }),
    );
  });

  test('is parsed into itself when it came from a mutilated sample', () => {
    let parsed = 0;
    run(
      fc.property(bytes, (text) => {
        const events = outcomes(text).filter((outcome) => 'type' in outcome);
        parsed += events.length;
        for (const event of events) expect(outcomes(JSON.stringify(event))).toStrictEqual([event]);
      }),
      1_000,
    );
    expect(parsed).toBeGreaterThan(10);
  });
});
