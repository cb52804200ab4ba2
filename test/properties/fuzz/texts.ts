/**
 * Texts that break readers: real payloads with a few bytes changed, and JSON that is deep, long, double or half a
 * character.
 */
import { globSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { PUBLISHED, readPublished } from '../../support/published-samples.ts';

/** What must show nowhere: it looks like the secret of a key, and no sentence of ours holds it. */
export const MARK = `cwo${'zqJ8vXw2'.repeat(5)}`;

const OWN = fileURLToPath(new URL('../../../events/samples/', import.meta.url));

export const SAMPLES: readonly Buffer[] = [
  ...globSync('*/*.{json,txt}', { cwd: OWN })
    .toSorted()
    .map((file) => readFileSync(`${OWN}${file}`)),
  ...PUBLISHED.map((file) => Buffer.from(readPublished(file))),
];

const change = fc.record({
  at: fc.nat(4_000),
  how: fc.constantFrom('replace', 'delete', 'insert', 'cut', 'repeat'),
  with: fc.oneof(
    fc.constantFrom(...['"', '\\', '{', '}', '[', ']', ',', ':', '\0', '\u00ff', '\\ud800', 'null', '1e999']),
    fc.nat(255).map((byte) => String.fromCharCode(byte)),
    fc.constant(MARK),
  ),
});

/** Takes a fixed set of payloads; gives them with one to four changes of bytes. */
export const mutilated = (samples: readonly Buffer[]): fc.Arbitrary<Buffer> =>
  fc.tuple(fc.constantFrom(...samples), fc.array(change, { minLength: 1, maxLength: 4 })).map(([sample, changes]) =>
    changes.reduce((bytes, { at, how, with: text }) => {
      const place = bytes.length === 0 ? 0 : at % bytes.length;
      const put = Buffer.from(text, 'latin1');
      const before = bytes.subarray(0, place);
      if (how === 'cut') return before;
      if (how === 'delete') return Buffer.concat([before, bytes.subarray(place + put.length)]);
      if (how === 'repeat') return Buffer.concat([before, bytes.subarray(place), bytes.subarray(place)]);
      return Buffer.concat([before, put, bytes.subarray(how === 'insert' ? place : place + put.length)]);
    }, sample),
  );

const times = fc.constantFrom(1, 31, 32, 33, 5_000, 100_000);

/** JSON, or nearly, that is hard on readers. */
const hard: fc.Arbitrary<string> = fc.oneof(
  times.map((n) => `${'['.repeat(n)}"${MARK}"${']'.repeat(n)}`),
  times.map((n) => `${'{"detail-type":"x","detail":'.repeat(n)}"${MARK}"${'}'.repeat(n)}`),
  times.map((n) => '['.repeat(n)),
  times.map((n) => `{"specversion":"1.0","id":"${MARK.repeat(Math.ceil(n / 40))}"}`),
  fc.tuple(fc.string(), fc.jsonValue()).map(([key, value]) => {
    const pair = `${JSON.stringify(key)}:${JSON.stringify(value)}`;
    return `{${pair},"${MARK}":1,${pair}}`;
  }),
  fc
    .constantFrom('\\ud800', '\\udfff\\ud800', '\ud800', '\udfff')
    .map((half) => `{"id":"${half}","${half}":"${MARK}"}`),
  fc.constantFrom('9'.repeat(400), '-0', '1e400', '0x10', '01').map((n) => `{"id":${n},"x":"${MARK}"}`),
  fc
    .constantFrom('__proto__', 'constructor', 'toString')
    .map((key) => `{"${key}":{"Type":"${MARK}"},"data":{"${key}":1}}`),
);

/** Any text at all. */
export const anyText: fc.Arbitrary<string> = fc.oneof(
  { weight: 4, arbitrary: mutilated(SAMPLES).map((bytes) => bytes.toString('utf8')) },
  { weight: 2, arbitrary: hard },
  { weight: 1, arbitrary: fc.string({ unit: 'binary' }) },
  { weight: 1, arbitrary: fc.json() },
  { weight: 1, arbitrary: fc.tuple(fc.string({ unit: 'binary' }), fc.string()).map(([a, b]) => `${a}${MARK}${b}`) },
);

/** JSON values with the mark as a value, as a key, and inside texts. */
export const markedValue: fc.Arbitrary<unknown> = fc
  .jsonValue({ maxDepth: 3 })
  .chain((value) =>
    fc.constantFrom<unknown>(
      value,
      MARK,
      { [MARK]: value },
      [value, MARK],
      { value: `x ${MARK} y` },
      { url: `https://host.example/?k=${MARK}` },
    ),
  );

/** The same seed at each run: a failure is found again. */
export const SEED = { seed: 20261124 };
