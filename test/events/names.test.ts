import { describe, expect, it } from 'vitest';
import { foldName, sameButForCase } from '../../events/names.ts';

describe('foldName', () => {
  it.each([
    ['upper and lower case', 'Bob@X', 'bOB@x'],
    ['full-width characters', 'ｂｏｂ', 'bob'],
    ['a combining accent', 'e\u0301', 'É'],
    ['a character that becomes two', 'straße', 'STRASSE'],
    ['the long s', 'ſam', 'Sam'],
    ['the Kelvin sign', '\u212a', 'k'],
    ['a dotless i', 'ı', 'I'],
    ['ligatures', 'ﬁn', 'FIN'],
  ])('takes two names that differ in %s for one', (_, one, other) => expect(foldName(one)).toBe(foldName(other)));

  it.each([
    ['a', 'b'],
    ['bob@x', 'bob@x '],
    ['müller', 'muller'],
  ])('keeps %j and %j apart', (one, other) => expect(foldName(one)).not.toBe(foldName(other)));

  it('is the same when it is done again', () => {
    for (const text of ['ß', 'İ', 'ŉ', 'ﬃ', 'ẞ', 'ǰ', 'ΐ', '\u1e9e', 'Σς'])
      expect(foldName(foldName(text))).toBe(foldName(text));
  });
});

describe('sameButForCase', () => {
  it.each([
    ['Bob@X', 'bob@x', true],
    ['e\u0301', 'é', true],
    ['É', 'é', false],
    ['ｂob', 'bob', false],
    // Unicode itself composes the Kelvin sign to K.
    ['\u212aim', 'kim', true],
    ['bob', 'rob', false],
  ])('of %j and %j is %s', (one, other, expected) => expect(sameButForCase(one, other)).toBe(expected));
});
