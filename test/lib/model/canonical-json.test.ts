import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalJson } from '../../../lib/model/json.ts';

describe('canonical JSON', () => {
  it('sorts keys by UTF-16 code units, as RFC 8785 §3.2.3 does', () => {
    const unsorted = { '\u20ac': 1, '\r': 2, '\ufb33': 3, '1': 4, '\ud83d\ude00': 5, '\u0080': 6, '\u00f6': 7 };
    expect(Object.keys(JSON.parse(canonicalJson(unsorted))).length).toBe(7);
    expect(canonicalJson(unsorted)).toBe(
      '{"\\r":2,"1":4,"\u0080":6,"\u00f6":7,"\u20ac":1,"\ud83d\ude00":5,"\ufb33":3}',
    );
  });
  it('writes texts as JSON.stringify does, lists in their order, and no key without a value', () => {
    const texts = [
      '',
      'a',
      ' !#[]^~',
      '"',
      'a"',
      '"a',
      '\\',
      'a\\b',
      '\n',
      'a\u001fb',
      '\u007f',
      '\u00e9',
      '\ud800',
      '7',
    ];
    expect(canonicalJson(texts)).toBe(JSON.stringify(texts));
    const value = { z: [null, true, 7, [], {}], 'a"': '7', absent: undefined as never, y: { b: 1, a: 2 } };
    expect(canonicalJson(value)).toBe('{"a\\"":"7","y":{"a":2,"b":1},"z":[null,true,7,[],{}]}');
  });
  it('writes numbers as ECMAScript does', () => {
    expect(canonicalJson([333333333.3333333, 1e30, 4.5, 2e-3, 1e-27, -0])).toBe(
      '[333333333.3333333,1e+30,4.5,0.002,1e-27,0]',
    );
  });
  it('is the same for equal values, whatever the order of their keys', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.oneof(fc.string(), fc.integer(), fc.boolean())), (value) => {
        const turned = Object.fromEntries(Object.entries(value).toReversed());
        expect(canonicalJson(turned)).toBe(canonicalJson(value));
        expect(JSON.parse(canonicalJson(value))).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
  });
});
