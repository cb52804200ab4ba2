import { describe, expect, it } from 'vitest';
import { scalarText, valueAt, withoutValueAt } from '../../../events/webhooks/pointer.ts';

const PAYLOAD = { a: { 'b/c': [{ 'd~e': 1 }, null], '': 2 }, f: 'text' };

describe('valueAt', () => {
  it.each<[pointer: string, value: unknown]>([
    ['', PAYLOAD],
    ['/f', 'text'],
    ['/a/b~1c/0/d~0e', 1],
    ['/a/b~1c/1', null],
    ['/a/', 2],
    ['/a/b~1c/1/x', undefined],
    ['/a/b~1c/2', undefined],
    ['/a/b~1c/00', undefined],
    ['/a/b~1c/-1', undefined],
    ['/f/0', undefined],
    ['/missing', undefined],
  ])('of %s', (pointer, value) => expect(valueAt(PAYLOAD, pointer)).toBe(value));

  it.each(['/constructor', '/__proto__', '/toString', '/a/b~1c/length', '/f/length', '/a/constructor/name'])(
    'finds nothing at %s: it is no field of the payload',
    (pointer) => expect(valueAt(PAYLOAD, pointer)).toBeUndefined(),
  );

  it('finds a field that a payload itself calls __proto__', () => {
    expect(valueAt(JSON.parse('{"__proto__":{"x":1}}'), '/__proto__/x')).toBe(1);
  });
});

describe('withoutValueAt', () => {
  it.each<[pointer: string, rest: unknown]>([
    ['/f', { a: PAYLOAD.a }],
    ['/a/', { f: 'text', a: { 'b/c': [{ 'd~e': 1 }, null] } }],
    ['/a/b~1c/0/d~0e', { f: 'text', a: { '': 2, 'b/c': [{}, null] } }],
    ['/a/b~1c/0', { f: 'text', a: { '': 2, 'b/c': [undefined, null] } }],
    ['/missing', PAYLOAD],
    ['/f/x', PAYLOAD],
    ['', PAYLOAD],
  ])('at %s', (pointer, rest) => expect(withoutValueAt(PAYLOAD, pointer)).toEqual(rest));

  it('leaves the payload as it was', () => {
    const before = structuredClone(PAYLOAD);
    withoutValueAt(PAYLOAD, '/a/b~1c/0/d~0e');
    expect(PAYLOAD).toEqual(before);
  });
});

it.each<[unknown, string | undefined]>([
  ['x', 'x'],
  [0, '0'],
  [1.5, '1.5'],
  [2 ** 53, undefined],
  [false, 'false'],
  [null, undefined],
  [{}, undefined],
  [undefined, undefined],
])('textOf %j is %j', (value, text) => expect(scalarText(value)).toBe(text));
