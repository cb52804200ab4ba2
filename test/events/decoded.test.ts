/** Which views a text has, to the character: a view that is a little off hides a secret. */
import { describe, expect, test } from 'vitest';
import { legible, unescapedViews, unpackedViews } from '../../events/decoded.ts';

describe('unescapedViews', () => {
  test.each([
    ['escapes of units', String.raw`\u0041\u20aC`, ['', 'A€']],
    ['escapes of bytes', String.raw`\x41\x6F`, ['Ao']],
    ['control characters', String.raw`a\b\f\n\r\tb`, ['a\b\f\n\r\tb']],
    ['escapes of themselves', String.raw`\"\q`, ['"q']],
    ['an escaped line break', 'a\\\nb', ['a\nb']],
    ['all levels of escaping at once', String.raw`\\\\u0041\\\"\\n\\x41`, [String.raw`\\\"\\n\\x41`, 'A"\nA']],
    ['a slash that parts', String.raw`a\/b\\/c`, ['abc', 'a/b/c']],
    ['escapes with too few digits', String.raw`\u004g\x4g`, ['u004gx4g']],
    ['percent-encoding', '%41%6f%4G%4', ['Ao%4G%4']],
    ['escapes in octal and braces', String.raw`\101\u{42}`, ['AB']],
    ['quoted-printable', '=41=6f=4G', ['Ao=4G']],
    ['character references', '&#65;&#x42;&#67 &hyphen;&nbsp;', ['ABC -&nbsp;']],
    [
      'character references of what is not displayed',
      'a&shy;b&ZeroWidthSpace;c&zwj;d&NewLine;',
      ['a\xadb\u200bc\u200dd\n'],
    ],
    ['astral characters', String.raw`\u{e0041}&#xe0042;\u{110041}`, ['\u{e0041}\u{e0042}']],
    ['character references of themselves', '&amp;#65;', ['&#65;', 'A']],
    ['percent-encoding in escapes', String.raw`\u002541`, ['41', 'A']],
    ['escapes in percent-encoding', '%5Cu0041', [String.raw`\u0041`, 'A']],
  ])('of %s', (_name, text, expected) => {
    expect(unescapedViews(text)).toStrictEqual(expected);
  });

  test.each(['', 'text', '100 %', 'a/b', 'the last \\'])('are none of %j', (text) => {
    expect(unescapedViews(text)).toStrictEqual([]);
  });

  test('go on for four rounds, not more', () => {
    expect(unescapedViews('%252525252541')).toStrictEqual(['%2525252541', '%25252541', '%252541', '%2541']);
  });
});

const points = Array.from({ length: 0x110000 }, (_, at) => at).filter((at) => at < 0xd800 || at > 0xdfff);
const UNSEEN = points
  .map((at) => String.fromCodePoint(at))
  .filter((each) => /[\p{Cf}\p{Default_Ignorable_Code_Point}]/u.test(each));
const asBytes = (text: string) => Buffer.from(text).toString('latin1');

describe('legible', () => {
  test('leaves out each character that is not displayed, also as the bytes of UTF-8, and no other one', () => {
    expect(UNSEEN.length).toBeGreaterThan(4_000);
    expect(UNSEEN.filter((each) => legible(`a${each}b`) !== 'ab' || legible(`a${asBytes(each)}b`) !== 'ab')).toEqual(
      [],
    );
    const unseen = new Set(UNSEEN.map(asBytes));
    const seen = points
      .slice(1)
      .map((at) => asBytes(String.fromCodePoint(at)))
      .filter((each) => !unseen.has(each));
    // The soft hyphen is a byte of Latin-1 too.
    expect(seen.filter((each) => legible(each) !== each.replaceAll('\xad', '')).slice(0, 5)).toEqual([]);
  });
});

const base64 = (text: string) => Buffer.from(text).toString('base64');
const hex = (text: string) => Buffer.from(text).toString('hex');
const latin1 = (run: string, encoding: 'base64' | 'hex') => Buffer.from(run, encoding).toString('latin1');

describe('unpackedViews', () => {
  test('are the bytes of base64 in each of four alignments', () => {
    const run = base64('fifteen symbols');
    expect(unpackedViews(`"${run}"`)).toStrictEqual([
      'fifteen symbols',
      latin1(run.slice(1), 'base64'),
      latin1(run.slice(2), 'base64'),
      latin1(run.slice(3, -1), 'base64'),
    ]);
  });

  test('are the bytes of hex in both alignments, behind what it is as base64', () => {
    const run = `${hex('fifteen symbols')}A`;
    const views = unpackedViews(`"${run}"`);
    expect(views).toHaveLength(6);
    expect(views.slice(4)).toStrictEqual(['fifteen symbols', latin1(run.slice(1), 'hex')]);
  });

  test('hold all runs of the text, each on a line', () => {
    const [first] = unpackedViews(`${base64('fifteen symbols')}.${base64('and fifteen more')}`);
    expect(first).toBe('fifteen symbols\nand fifteen more');
    const [fifth] = unpackedViews(`${hex('fifteen symbols')},${hex('and fifteen more')}`).slice(4);
    expect(fifth).toBe('fifteen symbols\nand fifteen more');
  });

  test('are the same in either alphabet of base64', () => {
    const bytes = Buffer.from('fbefbe'.repeat(6) + 'fffffe'.repeat(6), 'hex');
    expect(bytes.toString('base64')).toBe(`${'++++'.repeat(6)}${'///+'.repeat(6)}`);
    for (const encoding of ['base64', 'base64url'] as const) {
      expect(unpackedViews(bytes.toString(encoding))[0]).toBe(bytes.toString('latin1'));
    }
  });

  test('join what white space parts, and leave out the NULs of UTF-16', () => {
    const run = Buffer.from('fifteen symbols', 'utf16le').toString('base64');
    expect(unpackedViews(`${run.slice(0, 9)} \r\n\t${run.slice(9)}`)[0]).toBe('fifteen symbols');
  });

  test.each([
    ['base32', 'MZUWM5DFMVXCA43ZNVRG63DT'],
    ['base32 in lower case', 'mzuwm5dfmvxca43znvrg63dt'],
    ['hex with colons', hex('fifteen symbols').replace(/..(?=.)/g, '$&:')],
    [
      'hex with prefixes',
      hex('fifteen symbols')
        .replace(/..(?=.)/g, '$&, ')
        .replace(/\w\w/g, '0x$&'),
    ],
    ['numbers', [...Buffer.from('fifteen symbols')].join(', ')],
  ])('are the bytes of %s', (_name, packed) => expect(unpackedViews(packed)).toContain('fifteen symbols'));

  test('begin with 20 characters of base64 and 30 of hex', () => {
    expect(unpackedViews('x'.repeat(20))).toHaveLength(4);
    expect(unpackedViews('x'.repeat(19))).toStrictEqual([]);
    expect(unpackedViews('0'.repeat(30))).toHaveLength(6);
    expect(unpackedViews('0'.repeat(29))).toHaveLength(4);
  });
});
