import { expect, test } from 'vitest';
import { asciiJson } from '../../../lib/model/json.ts';

test('plain JSON stays as JSON.stringify writes it', () => {
  const value = { a: [1, -0.5, true, null, 'x y~'], b: { 'key "q"': '\\' } };
  expect(asciiJson(value)).toBe(JSON.stringify(value));
});

test('every UTF-16 unit is written in printable ASCII and read back as it was', () => {
  const units = Array.from({ length: 0x10000 }, (_, unit) => String.fromCharCode(unit));
  const written = asciiJson(units);
  expect(written).toMatch(/^[\x20-\x7e]+$/);
  expect(JSON.parse(written)).toEqual(units);
});

test.for([
  ['DEL', '\x7f', '"\\u007f"'],
  ['a C1 control (NEL)', '\x85', '"\\u0085"'],
  ['a line feed', '\n', '"\\n"'],
  ['the line separator', '\u2028', '"\\u2028"'],
  ['a right-to-left override', '\u202e', '"\\u202e"'],
  ['U+FFFF, which SQS refuses', '\uffff', '"\\uffff"'],
  ['an astral character', '\u{1f511}', '"\\ud83d\\udd11"'],
  ['a lone surrogate', '\ud800', '"\\ud800"'],
] as const)('%s is escaped', ([, text, written]) => {
  expect(asciiJson(text)).toBe(written);
});

test('keys are escaped like values', () => {
  expect(asciiJson({ 'schlüssel\u2029': 1 })).toBe('{"schl\\u00fcssel\\u2029":1}');
});
