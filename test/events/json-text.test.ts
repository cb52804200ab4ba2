import { describe, expect, test } from 'vitest';
import { exactInteger, MAX_TEXT_BYTES, MAX_TEXT_DEPTH, readJson } from '../../events/json-text.ts';

const unreadable = (detail: string) => ({ kind: 'refusal', reason: 'unreadable', detail });
const OVERSIZE = { kind: 'refusal', reason: 'oversize', detail: 'expected at most 262144 bytes' };
const TOO_DEEP = unreadable('expected at most 32 levels of nesting');
const TWICE = unreadable('expected each key of an object once');
const NOT_JSON = unreadable('expected JSON');

/** A JSON text of exactly `bytes` bytes whose filling is `unit`. */
function textOf(bytes: number, unit: string): string {
  const room = bytes - 2;
  const size = Buffer.byteLength(unit);
  return `"${unit.repeat(Math.floor(room / size))}${'x'.repeat(room % size)}"`;
}

describe('readJson', () => {
  test.each(['null', '0', '"text"', '[]', '{}', ' {"a":[1,{"b":"}"},"]"]} ', '{"\\"a":1,"\\\\":2}'])(
    'reads %s',
    (text) => {
      expect(readJson(text)).toStrictEqual({ kind: 'json', value: JSON.parse(text) });
    },
  );

  test('keeps the digits of integers that a number cannot have, if asked to', () => {
    const text = '\ufeff{"a":[3332883884017713938,-9007199254740993,9007199254740991,1e20,1152921504606846976.0,"x"]}';
    expect(readJson(text, MAX_TEXT_BYTES, exactInteger)).toStrictEqual({
      kind: 'json',
      value: {
        a: ['3332883884017713938', '-9007199254740993', 9_007_199_254_740_991, 1e20, 2 ** 60, 'x'],
      },
    });
  });

  test.each(['x', 'é', '€', '🔑'])('counts the size in bytes of UTF-8, filled with %s', (unit) => {
    expect(readJson(textOf(MAX_TEXT_BYTES, unit)).kind).toBe('json');
    expect(readJson(textOf(MAX_TEXT_BYTES + 1, unit))).toStrictEqual(OVERSIZE);
  });

  test.each([
    ['[', ']'],
    ['{"a":', '}'],
    ['[{"a":', '}]'],
  ])('allows 32 levels of %s, not more', (open, close) => {
    const levels = MAX_TEXT_DEPTH / open.replace(/[^[{]/g, '').length;
    const nested = (depth: number) => `${open.repeat(depth)}1${close.repeat(depth)}`;
    expect(readJson(nested(levels)).kind).toBe('json');
    expect(readJson(nested(levels + 1))).toStrictEqual(TOO_DEEP);
  });

  test('does not take brackets inside strings for nesting', () => {
    const value = ['['.repeat(100), `"${'{'.repeat(100)}`, '\\'];
    expect(readJson(JSON.stringify(value))).toStrictEqual({ kind: 'json', value });
  });

  test.each([
    '{"a":1,"a":1}',
    '{"a":1,"\\u0061":2}',
    '{"\\/":1,"/":2}',
    '{"a":1,"b":{"a":1},"a":2}',
    '[{"b":[{"a":{},"a":[]}]}]',
    '{"a":[],"a":2}',
    '{"":1,"":2}',
    '{"__proto__":1,"__proto__":2}',
    '{"a" : "b" , "a" : 2}',
  ])('refuses a key that stands twice in %s', (text) => {
    expect(readJson(text)).toStrictEqual(TWICE);
  });

  test.each([
    '{"a":"a","b":["a","a"]}',
    '[{"a":1},{"a":1}]',
    '{"a":{"a":{"a":1}},"b":"a"}',
    '{"a":1,"A":2}',
    '{"é":1,"e\u0301":2}',
    '{"a\\\\":1,"a":2}',
  ])('takes no value, sibling or look-alike for a key that stands twice in %s', (text) => {
    expect(readJson(text)).toStrictEqual({ kind: 'json', value: JSON.parse(text) });
  });

  test.each([
    '',
    ' ',
    '{',
    '{"a"',
    '{"a":1',
    '{"a":1,}',
    "{'a':1}",
    '"',
    '"\\"',
    '{"\\x":1}',
    '{"\\u00zz":1}',
    '{"a\nb":1}',
    '\ufeff\ufeff{}',
    '{}\ufeff',
    '{}{}',
    ']',
    '}',
    'nul',
    'NaN',
    '[1,]',
    '[,]',
    '// a\n{}',
    '{"a" "a"}',
  ])('refuses %j without quoting it', (text) => {
    expect(readJson(text)).toStrictEqual(NOT_JSON);
  });

  test('reads a text behind a byte order mark, as Windows tools write it', () => {
    expect(readJson('\ufeff{"a":"\ufeff"}')).toStrictEqual({ kind: 'json', value: { a: '\ufeff' } });
  });

  test('keeps __proto__ an ordinary key', () => {
    const json = readJson('{"__proto__":{"polluted":true}}');
    expect(Object.keys(json.kind === 'json' ? Object(json.value) : {})).toStrictEqual(['__proto__']);
    expect(Object(undefined)).not.toHaveProperty('polluted');
  });

  test.each([
    ['a million brackets', '['.repeat(1_000_000), OVERSIZE],
    ['brackets up to the cap', '['.repeat(MAX_TEXT_BYTES), TOO_DEEP],
    ['objects up to the cap', '{"a":'.repeat(50_000), TOO_DEEP],
    ['quotes', '"'.repeat(MAX_TEXT_BYTES), NOT_JSON],
    ['backslashes without an end', `"${'\\'.repeat(MAX_TEXT_BYTES - 1)}`, NOT_JSON],
    ['commas', ','.repeat(MAX_TEXT_BYTES), NOT_JSON],
  ])('is done with %s in no time', (_name, text, expected) => {
    const started = process.threadCpuUsage();
    expect(readJson(text)).toStrictEqual(expected);
    // What is quadratic takes minutes.
    expect(process.threadCpuUsage(started).user / 1_000).toBeLessThan(2_000);
  });

  test('reads as many escaped quotes and keys as fit', () => {
    const escaped = JSON.stringify('"'.repeat(130_000));
    expect(readJson(escaped)).toStrictEqual({ kind: 'json', value: JSON.parse(escaped) });
    const keys = JSON.stringify(Object.fromEntries(Array.from({ length: 15_000 }, (_, at) => [`k${at}`, at])));
    expect(readJson(keys)).toStrictEqual({ kind: 'json', value: JSON.parse(keys) });
  });
});
