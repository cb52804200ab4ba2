import { gzipSync, zstdCompressSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { showsSecret as looksSecret } from '../../events/secret-forms.ts';
import { holdsSecret } from '../../events/secrets.ts';
import { ENCODINGS, HARMLESS, SECRETS } from './planted-secrets.ts';

const kinds = Object.entries(SECRETS);
const encodings = Object.entries(ENCODINGS);
const alphanumeric = 'aB3xYz9Q'.repeat(8);

describe('looksSecret', () => {
  test.each(kinds)('sees a %s alone and inside other text', (_kind, secret) => {
    expect(looksSecret(secret)).toBe(true);
    expect(looksSecret(`x${secret}`)).toBe(true);
    expect(looksSecret(`{"key":"${secret}","more":1}`)).toBe(true);
  });

  test.each(HARMLESS)('sees none in %j', (text) => {
    expect([looksSecret(text), holdsSecret(text)]).toStrictEqual([false, false]);
  });

  test('detects a secret of 40 alphanumeric characters after cwo, not of 39', () => {
    expect(looksSecret(`cwo${'x'.repeat(40)}`)).toBe(true);
    expect(looksSecret(`cwo${alphanumeric.slice(0, 39)}`)).toBe(false);
  });

  test('takes a longer run, or one that begins earlier, for a secret unless it reads like words', () => {
    expect(looksSecret(`cwo${alphanumeric.slice(0, 41)}`)).toBe(true);
    expect(looksSecret(`KEYcwo${alphanumeric.slice(0, 40)}`)).toBe(true);
    expect(looksSecret('acme/tcwoRkflowsForInternationalPaymentsAndTaxReports')).toBe(false);
    expect(looksSecret('https://macworldinternationalconferenceandexposition2019.example')).toBe(false);
  });

  const joseLike = (header: string): string => `${Buffer.from(header).toString('base64url')}.e30.`;
  test.each([
    ['a header of JSON', joseLike('{"alg":"none"}'), true],
    ['no JSON in the header', joseLike('{"alg":"none"]'), false],
    ['no object in the header', joseLike('{"a}'), false],
    ['a header after other characters', `AshleyJ${joseLike('{"alg":"none"}')}`, true],
    ['more beginnings than are tried', `${'eyJ'.repeat(9)}.a.`, true],
    ['fewer beginnings', `${'eyJ'.repeat(7)}.a.`, false],
  ])('takes a JSON web token by its header: %s', (_name, text, expected) => {
    expect(looksSecret(text)).toBe(expected);
  });
});

describe('holdsSecret', () => {
  test.each(encodings)('sees every secret in %s', (_encoding, encode) => {
    const unseen = kinds.filter(
      ([, secret]) => !holdsSecret(encode(secret)) || !holdsSecret(`{"key":"${encode(secret)}","more":1}`),
    );
    expect(unseen).toStrictEqual([]);
  });

  const WRAPPINGS: readonly (readonly [name: string, wrapping: string])[] = [
    ['a line break', '\n'],
    ['a line break of Windows, and an indent', '\r\n \t '],
    ['a soft line break', '=\r\n'],
    ['line breaks', '\n\n'],
    ['a zero-width space', '\u200b'],
    ['a soft hyphen', '\u00ad'],
    ['both', '\n\ufeff'],
    ['a soft hyphen by its name in HTML', '&shy;'],
    ['a line break by its name in HTML', '&NewLine;'],
    ['an escaped tag character beyond one unit', String.raw`\u{e0041}`],
  ];

  test('detects a CoreWeave secret with a space after each character', () => {
    expect(holdsSecret(`key: ${`cwo${alphanumeric.slice(0, 40)}`.split('').join(' ')} and more`)).toBe(true);
  });

  test.each(WRAPPINGS)('sees a CoreWeave secret that is parted by %s', (_name, wrapping) => {
    for (const [start, end] of [
      ['cw', `o${alphanumeric.slice(0, 40)}`],
      [`cwo${alphanumeric.slice(0, 12)}`, alphanumeric.slice(12, 40)],
      ['CW-SE', `CRET-${alphanumeric}`],
    ]) {
      expect(holdsSecret(`a: ${start}${wrapping}${end}`)).toBe(true);
      expect(holdsSecret(JSON.stringify({ a: `${start}${wrapping}${end}` }))).toBe(true);
    }
  });

  test.each([
    ['cwo, and a sentence', 'cwo\nis how they begin, and characters follow'],
    ['a space', `cw o${alphanumeric}`],
    ['an equals sign alone', `cw=o${alphanumeric}`],
    ['a line break of old, alone', `cw\ro${alphanumeric}`],
    ['an indent', `cw \no${alphanumeric}`],
    ['lines that would be credentials', 'see https://git.example\nfrom:me@example.com'],
  ])('sees none parted by %s', (_name, text) => expect(holdsSecret(text)).toBe(false));

  const pack = (text: string) => Buffer.from(text).toString('base64');

  test('looks through three layers of packing, not four, so that its work has a bound', () => {
    const thrice = pack(pack(pack(`cwo${alphanumeric}`)));
    expect([holdsSecret(thrice), holdsSecret(pack(thrice))]).toStrictEqual([true, false]);
  });

  test('takes text that unpacks to far more than it is for a secret', () => {
    // Zero bytes are dropped, so that whatever is unpacked can be unpacked again in many ways.
    expect(holdsSecret('A'.repeat(100_000))).toBe(false);
    expect(holdsSecret(pack('A2'.repeat(10_000)))).toBe(false);
  });

  test.each([
    ['gzip', gzipSync('no secret')],
    ['Zstandard', zstdCompressSync('no secret')],
    ['xz', Buffer.from('/Td6WFoAAATm1rRGBMASEiEBFgAAAAAA', 'base64')],
    ['bzip2', Buffer.from('BZh91AY&SY and more bytes')],
    ['zip', Buffer.from('PK\u0003\u0004 and more bytes')],
  ])('takes %s for a secret in any packing, since it is not looked into', (_name, bytes) => {
    for (const packed of [bytes.toString('base64'), bytes.toString('hex'), pack(bytes.toString('base64'))]) {
      expect(holdsSecret(packed)).toBe(true);
      expect(holdsSecret(`qq${packed}`)).toBe(true);
    }
  });
});
